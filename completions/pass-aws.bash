# shellcheck shell=bash
# Completion of `pass aws` and `pass-aws` for bash 4 and later; loaded when a shell starts, because
# bash-completion would load it only to complete a command named `pass-aws`.
#
# The program finds the candidates (pass_aws/command_line/complete.py describes its answers). It gets the line as typed
# and answers in bash's quoting: no text of a file or of the line is expanded or run here.

[[ -n ${BASH_VERSINFO-} && ${BASH_VERSINFO[0]} != [123] ]] || return 0

# __pass_aws_complete NUMBER [WORD…]: completes a line whose first NUMBER words mean `pass-aws WORD…`.
__pass_aws_complete() {
	local answer status typed=${COMP_LINE:0:COMP_POINT}
	compopt +o filenames +o default 2>/dev/null
	COMPREPLY=()
	answer=$(
		_ARGCOMPLETE=$1 _ARGCOMPLETE_SHELL=bash _ARGCOMPLETE_COMP_WORDBREAKS=$COMP_WORDBREAKS COMP_LINE=$typed \
			command pass-aws "${@:2}" </dev/null 2>/dev/null
	)
	status=$?
	case $status in
	0) [[ -z $answer ]] || mapfile -t COMPREPLY <<<"$answer" ;;
	100) compopt -o default -o filenames 2>/dev/null ;;
	101) __pass_aws_wrapped "$answer" ;;
	esac
}

# __pass_aws_wrapped LINE: completes the command that begins inside the line, as if it were typed alone.
__pass_aws_wrapped() {
	local rest=${COMP_LINE:0:COMP_POINT} first=0 name spec
	while [[ $rest != "$1" && first -lt COMP_CWORD ]]; do
		rest=${rest#*"${COMP_WORDS[first]}"}
		rest=${rest#"${rest%%[![:space:]]*}"}
		((first += 1))
	done
	name=${COMP_WORDS[first]}
	spec=$(complete -p -- "$name" 2>/dev/null || complete -p -- "${name##*/}" 2>/dev/null)
	if ((COMP_CWORD > first)) && [[ $spec == *" -C '"* ]]; then
		__pass_aws_program "$1" "$first" "$spec"
	elif declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$first"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$first"
	else
		__pass_aws_plain "$1" "$first" "$spec"
	fi
}

# The AWS CLI's `complete -C aws_completer aws`: bash-completion before 2.12 starts such a program with an empty line.
__pass_aws_program() {
	local program=${3#*" -C '"} answer
	program=${program%%"'"*}
	answer=$(
		# shellcheck disable=SC2086 # `complete -C` takes a program and its arguments
		COMP_LINE=$1 COMP_POINT=${#1} $program "${COMP_WORDS[$2]}" "${COMP_WORDS[COMP_CWORD]}" \
			"${COMP_WORDS[COMP_CWORD - 1]}" </dev/null 2>/dev/null
	)
	[[ -z $answer ]] || mapfile -t COMPREPLY <<<"$answer"
}

# Without bash-completion: uses the completion that this shell has for the command.
__pass_aws_plain() {
	local function=${3#*" -F "}
	COMP_LINE=$1 COMP_POINT=${#1}
	COMP_WORDS=("${COMP_WORDS[@]:$2}")
	((COMP_CWORD -= $2))
	if ((COMP_CWORD == 0)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[0]}")
	elif [[ $function != "$3" ]]; then
		"${function%% *}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	else
		compopt -o default -o bashdefault -o filenames 2>/dev/null
	fi
}

_pass_aws_program_name() {
	__pass_aws_complete 1
}

# pass's own completion calls this for `pass aws …` if both the function and the word in the list exist.
# After `time`, `do` or `sudo` bash-completion sets the options of pass's completion again, from its `cspec`.
__password_store_extension_complete_aws() {
	__pass_aws_complete 2
	# shellcheck disable=SC2034 # the variable of a caller
	[[ " ${FUNCNAME[*]} " != *_command_offset\ * ]] || cspec=
}

# __pass_aws_loader: the name of bash-completion's loader, if there is one.
__pass_aws_loader() {
	declare -F _comp_load || declare -F _completion_loader
}

# Replaces pass's own completion until bash-completion loads that.
__pass_aws_pass() {
	local loader
	if loader=$(__pass_aws_loader); then
		complete -r pass
		"$loader" pass
		return 124 # bash tries again with the completion that is now loaded
	elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} == aws ]]; then
		__pass_aws_complete 2
	elif ((COMP_CWORD == 1)); then
		local commands="aws cp edit find generate git grep help init insert ls mv rm show version"
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "${COMP_WORDS[1]}")
	fi
}

[[ " ${PASSWORD_STORE_EXTENSION_COMMANDS[*]-} " == *" aws "* ]] || PASSWORD_STORE_EXTENSION_COMMANDS+=(aws)
complete -F _pass_aws_program_name pass-aws
complete -p pass &>/dev/null || __pass_aws_loader >/dev/null || complete -o default -F __pass_aws_pass pass
