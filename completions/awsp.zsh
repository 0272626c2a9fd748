# For ~/.zshrc, after compinit: command -v pass-aws >/dev/null && eval "$(pass-aws init zsh)"
#
# awsp PROFILE [OPTION…]   a profile's credentials in this shell; the options are those of `pass aws env`
# awsp                     show the current profile and its time left; without one: choose one
# awsp -                   remove the credentials
#
# In the prompt: precmd_functions+=(awsp_prompt); PROMPT='%(9V.[%9v] .)'$PROMPT
# With starship: its `aws` module reads the same variables; no setup is needed.
# With direnv, in .envrc: eval "$(pass-aws env --no-input PROFILE)"

zmodload zsh/datetime

awsp() {
	local text
	if [[ ${1-} == - ]]; then
		shift
		set -- --unset "$@"
	elif [[ $# == 0 && -n ${AWS_VAULT-} ]]; then
		local -a psvar
		awsp_prompt
		print -r -- "${psvar[-1]}"
		return
	fi
	text=$(command pass-aws env --format sh "$@") || return
	case $text in
		("unset "* | "eval unset "*) eval "$text" ;;
		(*) print -r -- "$text" ;; # a help page
	esac
}

# awsp_prompt: sets psvar[9] to the current profile and its time left. Starts no program.
awsp_prompt() {
	emulate -L zsh -o extended_glob
	local match mbegin mend name=${${AWS_VAULT-}//[^[:print:]]/?} two='[[:digit:]][[:digit:]]'
	local -i year month left
	psvar[9]=$name
	[[ -n $name && ${AWS_CREDENTIAL_EXPIRATION-} =~ "^($two$two)-($two)-($two)T($two):($two):($two)Z$" ]] || return 0
	(( month = (10#$match[2] + 9) % 12, year = 10#$match[1] - month / 10 ))
	(( left = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + 10#$match[3] - 719469 ))
	(( left = ((left * 24 + 10#$match[4]) * 60 + 10#$match[5]) * 60 + 10#$match[6] - EPOCHSECONDS ))
	if (( left <= 0 )); then
		psvar[9]+=" expired"
	elif (( left < 60 )); then
		psvar[9]+=" ${left}s"
	elif (( left < 3600 )); then
		psvar[9]+=" $(( left / 60 ))m"
	else
		psvar[9]+=" $(( left / 3600 ))h${(l:2::0:)$(( left / 60 % 60 ))}m"
	fi
}

if (( $+functions[compdef] )); then
	compdef '_pass-aws env' awsp
fi
