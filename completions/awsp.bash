# shellcheck shell=bash
# For ~/.bashrc: command -v pass-aws >/dev/null && eval "$(pass-aws init bash)"
#
# awsp PROFILE [OPTION…]   a profile's credentials in this shell; the options are those of `pass aws env`
# awsp                     show the current profile and its time left; without one: choose one
# awsp -                   remove the credentials
#
# In the prompt: PROMPT_COMMAND+=$'\nawsp_prompt'; PS1='${AWSP:+[$AWSP] }'$PS1
# With starship: its `aws` module reads the same variables; no setup is needed.
# With direnv, in .envrc: eval "$(pass-aws env --no-input PROFILE)"

awsp() {
	local text
	if [[ ${1-} == - ]]; then
		shift
		set -- --unset "$@"
	elif [[ $# == 0 && -n ${AWS_VAULT-} ]]; then
		local AWSP
		awsp_prompt
		printf '%s\n' "$AWSP"
		return
	fi
	text=$(command pass-aws env --format sh "$@") || return
	case $text in
	"unset "* | "eval unset "*) eval "$text" ;;
	*) printf '%s\n' "$text" ;; # a help page
	esac
}

# awsp_prompt: sets AWSP to the current profile and its time left. Starts no program.
awsp_prompt() {
	local two='[[:digit:]][[:digit:]]' now year month left
	AWSP=${AWS_VAULT-}
	AWSP=${AWSP//[![:print:]]/?}
	[[ -n $AWSP && ${AWS_CREDENTIAL_EXPIRATION-} =~ ^($two$two)-($two)-($two)T($two):($two):($two)Z$ ]] || return 0
	set -- "${BASH_REMATCH[@]:1}"
	printf -v now '%(%s)T' -1
	((month = (10#$2 + 9) % 12, year = 10#$1 - month / 10))
	((left = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + 10#$3 - 719469))
	((left = ((left * 24 + 10#$4) * 60 + 10#$5) * 60 + 10#$6 - now))
	if ((left <= 0)); then
		AWSP+=" expired"
	elif ((left < 60)); then
		AWSP+=" ${left}s"
	elif ((left < 3600)); then
		AWSP+=" $((left / 60))m"
	else
		printf -v AWSP '%s %dh%02dm' "$AWSP" $((left / 3600)) $((left / 60 % 60))
	fi
}

_awsp() {
	if declare -F __pass_aws_complete >/dev/null; then
		__pass_aws_complete 1 env
	fi
}
complete -F _awsp awsp
