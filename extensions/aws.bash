#!/bin/bash -p
# pass aws: AWS credentials from the password store.
#
# The front. pass sources this text for `pass aws …`, and it is installed as the program `pass-aws`. From a ticket it
# answers `exec NAME -- CMD…`, `env NAME` and `credential-process NAME` with one gpg decryption. It passes everything
# else, and every doubtful case, to the program in Python. README.md lists each check with the attack that it stops.

set +eu # options of `bash -eu pass-aws …`, which would end it without a message
pass_aws_core=() # make install writes the paths here

# All variables that can change the answer to a plain request; GIVEN in Python is the same list.
pass_aws_consulted='HOME GNUPGHOME PASSWORD_STORE_KEY PASSWORD_STORE_GPG_OPTS PASS_AWS_PREFIX PASS_AWS_CACHE_KEY
	PASS_AWS_DURATION AWS_VAULT_PASS_PREFIX AWS_VAULT_DURATION AWS_ASSUME_ROLE_TTL AWS_SESSION_TOKEN_TTL
	AWS_CHAINED_SESSION_TOKEN_TTL AWS_MFA_SERIAL AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_SESSION_TAGS
	AWS_TRANSITIVE_TAGS AWS_SOURCE_IDENTITY AWS_WEB_IDENTITY_TOKEN_FILE AWS_REGION AWS_DEFAULT_REGION
	AWS_STS_REGIONAL_ENDPOINTS AWS_ENDPOINT_URL AWS_ENDPOINT_URL_STS AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
	AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_CA_BUNDLE'

# Variables that SDKs would use with our credentials, or instead of them; REMOVED in Python is the same list.
pass_aws_stale='AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_REGION
	AWS_DEFAULT_REGION AWS_ACCOUNT_ID AWS_VAULT _PASS_AWS_REGION _PASS_AWS_SETTINGS AWS_SECURITY_TOKEN
	AWS_CREDENTIAL_FILE AWS_CREDENTIAL_SCOPE BOTO_CONFIG AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SDK_LOAD_CONFIG
	AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE'

# Fills `pass_aws_exports`, and for `exec` `pass_aws_command` and `pass_aws_umask`; or fails, and then changes only
# `pass_aws_tried`. The steps share its variables; `+x`: a caller may have exported the same names, and gpg would get
# the seal. No text from a file name, a ticket or a variable is used in an arithmetic test, a subscript or `${!…}`
# before a `case` with explicit characters has shown that it is harmless.
pass_aws_redeem() {
	local -
	set +a -f
	local +x profile=$2 fresh ticket expires nonce keyring seal given entry i line IFS=$' \t\n'
	local +x config=${AWS_CONFIG_FILE:-$HOME/.aws/config} cache=${XDG_CACHE_HOME:-$HOME/.cache}/pass-aws
	local +x credentials=${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}
	local +x state=${XDG_STATE_HOME:-$HOME/.local/state}/pass-aws
	pass_aws_check_request "$@" && pass_aws_check_settings && pass_aws_find "$1" && pass_aws_check_times &&
		pass_aws_build_given && pass_aws_find_command "$@" && pass_aws_find_gpg && pass_aws_decrypt "$1" &&
		pass_aws_check_entry
}

# One of the three requests, without options. Not to a terminal, where a warning is printed, and not with stdin or
# stdout closed, since one of our files would get its number; bash itself replaces a closed stderr.
pass_aws_check_request() {
	case $- in *[xv]*) return 1 ;; esac # a trace would show the secrets
	! shopt -q localvar_inherit || return # local variables would begin with the caller's values
	! shopt -q nocasematch || return
	case $1 in
	exec) [[ $# -ge 4 && $3 == -- && -n $4 ]] ;;
	env | credential-process) [[ $# -eq 2 && ! -t 1 ]] ;;
	*) return 1 ;;
	esac || return
	case $profile in
	'' | [-.]* | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+/-]*) return 1 ;;
	esac
	[[ ${#profile} -le 100 && -e /dev/fd/0 && -e /dev/fd/1 ]]
}

# No variable requests more than a ticket can answer. An empty PASS_AWS_PREFIX means the root of the store.
pass_aws_check_settings() {
	case $pass_aws_store$config$credentials in *[$'\t\n$']*) return 1 ;; esac
	for i in "${!AWS_ENDPOINT_URL_@}"; do # for a service that is not in the given line
		[[ $i == AWS_ENDPOINT_URL_STS || -z ${!i} ]] || return
	done
	[[ -z $_PASS_AWS_SETTINGS && -n ${PASS_AWS_PREFIX-x} && -n ${AWS_VAULT_PASS_PREFIX-x} &&
		-z $AWS_VAULT_PASS_PASSWORD_STORE_DIR$PASS_AWS_SESSION_CACHE$PASS_AWS_NO_INPUT$PASS_AWS_MIN_TTL$AWS_MIN_TTL &&
		$HOME == /* && $pass_aws_store == /* && $config == /* && $credentials == /* && $cache == /* && $state == /* ]]
}

# The seal, and next to it the expiry and the nonce of the profile's ticket, which must be valid for 5 more minutes, 15
# for an SDK, and be a file of ours. The seal must not be in the cache, not even through a link: a process that can
# write there could have chosen it.
pass_aws_find() {
	fresh=$state/tickets/${profile//\//%}
	[[ -f $state/seal && -O $state/seal && ! -L $state/seal ]] &&
		read -r seal <"$state/seal" && read -r expires nonce keyring <"$fresh/entry" &&
		[[ ${#seal} -eq 64 && ${#nonce} -eq 32 ]] || return
	case $expires in *[!0123456789]* | 0* | ???????????*) return 1 ;; ??????????) ;; *) return 1 ;; esac
	i=300
	[[ $1 != credential-process ]] || i=900
	ticket=$cache/tickets/${profile//\//%}/$expires.gpg
	[[ $expires -ge $((EPOCHSECONDS + i)) && -f $ticket && -O $ticket && ! -L $ticket ]] || return
	line=$state
	while [[ ! $line -ef / ]]; do
		[[ -d $line && ! $line -ef $cache ]] || return
		line+=/..
	done
}

# The AWS files still have the times that they had when the ticket was made from them.
pass_aws_check_times() {
	[[ -f $config && ! $config -nt $fresh/config && ! $config -ot $fresh/config &&
		! $credentials -nt $fresh/credentials && ! $credentials -ot $fresh/credentials ]]
}

# The environment in which it must have been made, on one line. A region that we exported is not a user setting.
pass_aws_build_given() {
	local +x AWS_REGION=$AWS_REGION AWS_DEFAULT_REGION=$AWS_DEFAULT_REGION values=''
	[[ $AWS_REGION != "$_PASS_AWS_REGION" ]] || AWS_REGION=
	[[ $AWS_DEFAULT_REGION != "$_PASS_AWS_REGION" ]] || AWS_DEFAULT_REGION=
	given=$pass_aws_store$'\t'$config$'\t'$credentials
	for i in $pass_aws_consulted; do
		[[ -z ${!i} ]] || given+=$'\t'$i=${!i} values+=${!i}
	done
	[[ $values != *[$'\t\n']* ]]
}

# The command exists, and is not a script without `#!`: bash would run that itself, not /bin/sh.
pass_aws_find_command() {
	[[ $1 == exec ]] || return 0
	local +x IFS=:
	case $4 in
	*/*) line=$4 ;;
	*) for line in $PATH; do line=${line:-.}/$4 && [[ -f $line && -x $line ]] && break; done ;;
	esac
	pass_aws_command=$line # bash itself would also search a directory named `~`
	[[ -f $line && -x $line ]] && IFS='' read -r -n 2 i <"$line" && [[ $i == '#!' || $i == $'\x7fE' ]]
}

# gpg and its options, from pass, or found as pass finds them; with our keyring, it checks no signatures of keys.
pass_aws_find_gpg() {
	# shellcheck disable=SC2206 # pass splits them, too
	if [[ -n $pass_aws_sourced ]]; then
		pass_aws_gpg=($GPG "${GPG_OPTS[@]}")
	else
		pass_aws_gpg=(gpg $PASSWORD_STORE_GPG_OPTS --quiet --yes --compress-algo=none --no-encrypt-to)
		! type -P gpg2 >/dev/null || pass_aws_gpg[0]=gpg2
		[[ ${pass_aws_gpg[0]} == gpg && -z $GPG_AGENT_INFO ]] || pass_aws_gpg+=(--batch --use-agent)
	fi
	pass_aws_gpg+=(${keyring:+--no-default-keyring --keyring "gnupg-ring:$state/keyrings/$keyring"})
}

# Decrypts the ticket, and checks that it is encrypted and has exactly the required content; gpg's status lines are
# around its text. The empty passphrase is for a planted ticket that is encrypted with a passphrase: gpg must not ask.
# With the trust model `always`, gpg does not open its trust database.
pass_aws_decrypt() {
	local +x text begun=''
	pass_aws_tried=missed IFS=$'\n'
	# shellcheck disable=SC2206 # an element for each line
	text=$(
		unset -v "${!AWS_@}" "${!_PASS_AWS_@}" BOTO_CONFIG # an agent that gpg starts would keep them
		exec -- "${pass_aws_gpg[@]}" --batch --status-fd 1 --max-output 65536 --trust-model always --passphrase '' -d \
			-- "$ticket" </dev/null
	) || {
		if [[ $? -eq 131 ]]; then # SIGQUIT has ended gpg; bash ignores it
			[[ $1 != env ]] || echo false
			exit 131
		fi
		pass_aws_failed=($text)
		return 1
	}
	# shellcheck disable=SC2086 # a parameter for each line
	set -- $text
	until [[ $1 == '[GNUPG:] PLAINTEXT '* ]]; do # up to here only gpg writes; the plaintext may contain anything
		[[ $1 != '[GNUPG:] BEGIN_DECRYPTION' ]] || begun=yes
		shift || return
	done
	[[ $2 != '[GNUPG:] PLAINTEXT_LENGTH '* ]] || shift
	[[ -n $begun && $2 == 'pass-aws ticket 3' && $3 == "seal: $seal" && $4 == "nonce: $nonce" &&
		$5 == "profile: $profile" && $6 == "expires: $expires" && $7 == "given: $given" && $8 == 'entry: '* &&
		$9 == AWS_ACCESS_KEY_ID=* && ${10} == AWS_SECRET_ACCESS_KEY=* && ${11} == AWS_SESSION_TOKEN=* &&
		${12} == AWS_CREDENTIAL_EXPIRATION=* ]] || return
	entry=${8#'entry: '} pass_aws_exports=("${@:9:4}")
	shift 12
	until [[ $1 == end ]]; do
		case $1 in
		AWS_REGION=* | AWS_DEFAULT_REGION=* | AWS_ACCOUNT_ID=* | AWS_VAULT=* | _PASS_AWS_REGION=* | \
			AWS_ENDPOINT_URL=* | AWS_USE_FIPS_ENDPOINT=* | AWS_USE_DUALSTACK_ENDPOINT=* | \
			AWS_STS_REGIONAL_ENDPOINTS=* | AWS_CA_BUNDLE=* | _PASS_AWS_SETTINGS=*) ;;
		AWS_ENDPOINT_URL_[!=]*=*) [[ ${1%%=*} != *[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]* ]] || return ;;
		*) return 1 ;;
		esac
		pass_aws_exports[${#pass_aws_exports[@]}]=$1
		shift
	done
	[[ $*$'\n' == *$'\n[GNUPG:] DECRYPTION_OKAY\n'* ]]
}

# The entry from which it was made still exists, with the same time.
pass_aws_check_entry() {
	[[ ! $entry -nt $fresh/entry && ! $entry -ot $fresh/entry ]]
}

pass_aws_sourced=${BASH_SOURCE[1]} pass_aws_found='' pass_aws_tried='' pass_aws_exports=() pass_aws_failed=()
if [[ -n $pass_aws_sourced ]]; then
	pass_aws_store=${PREFIX:-${PASSWORD_STORE_DIR:-$HOME/.password-store}}
else # another front may have tried, or a process that waited for the ticket makes this one try again
	pass_aws_store=${_PASS_AWS_STORE:-${PASSWORD_STORE_DIR:-$HOME/.password-store}} pass_aws_tried=$_PASS_AWS_TICKET
fi
[[ ${BASH_VERSINFO[0]} -ge 5 && -z $pass_aws_tried ]] && pass_aws_redeem "$@" 2>/dev/null && pass_aws_found=yes

# bash reads a script while it runs it: the rest is read only if needed.

# Prints the output of `env` or `credential-process`, or fails if a value needs an escape in JSON. The variables of the
# answer are local ones here.
pass_aws_print() {
	# shellcheck disable=SC2086 # a variable for each name
	local +x $pass_aws_stale i text='' quote=\' escaped="'\\''" IFS=$' \t\n'
	local +x "${pass_aws_exports[@]}"
	if [[ $1 == env ]]; then
		for i in $pass_aws_stale; do
			[[ -v $i ]] || text+=" $i"
		done
		# without eval, fish shows the line in an error
		text="eval unset$text AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI"
		text+=' AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; export'
		[[ ${pass_aws_exports[*]} != *\'* ]] || pass_aws_exports=("${pass_aws_exports[@]//$quote/"$escaped"}")
		printf -v i " %s'" "${pass_aws_exports[@]/=/"=$quote"}"
		text+=$i
	else # ranges: explicit characters take 0.1 ms for a token
		i=$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY$AWS_SESSION_TOKEN$AWS_CREDENTIAL_EXPIRATION$AWS_ACCOUNT_ID
		[[ $i != *[!A-Za-z0-9_./:=@%+,-]* ]] || return
		text="{\"Version\": 1, \"AccessKeyId\": \"$AWS_ACCESS_KEY_ID\", \"SecretAccessKey\": \"$AWS_SECRET_ACCESS_KEY\""
		text+=", \"SessionToken\": \"$AWS_SESSION_TOKEN\", \"Expiration\": \"$AWS_CREDENTIAL_EXPIRATION\""
		text+="${AWS_ACCOUNT_ID:+, \"AccountId\": \"$AWS_ACCOUNT_ID\"}}"
	fi
	printf '%s\n' "$text" 2>/dev/null || {
		printf '%s\n' "pass aws: error: cannot write to stdout" >&2
		exit 1
	}
}

if [[ -n $pass_aws_found && $1 != exec ]]; then
	pass_aws_print "$1" && exit
fi

# The caller's umask if pass has replaced it: that of our parent, if it is a process of this user and session and does
# not let others write. PASS_AWS_UMASK overrides it.
pass_aws_umask=$_PASS_AWS_UMASK
if [[ -n $pass_aws_sourced ]]; then # lines 2, 9 and 16 are Umask, Uid and NSsid; the caller may have ended
	pass_aws_own=() pass_aws_callers=()
	{
		mapfile -n 16 -t pass_aws_own <"/proc/$$/status"
		mapfile -n 16 -t pass_aws_callers <"/proc/$PPID/status"
	} 2>/dev/null
	pass_aws_umask=${pass_aws_callers[1]#Umask:$'\t'}
	[[ $pass_aws_umask == 0[01234567][01234567][2367] && ${pass_aws_callers[8]} == Uid:* &&
		${pass_aws_callers[15]} == NSsid:* &&
		${pass_aws_callers[8]}${pass_aws_callers[15]} == "${pass_aws_own[8]}${pass_aws_own[15]}" ]] || pass_aws_umask=077
fi
pass_aws_umask=${PASS_AWS_UMASK:-$pass_aws_umask}
case $pass_aws_umask in
'' | [01234567] | [01234567][01234567] | [01234567][01234567][01234567] | 0[01234567][01234567][01234567]) ;;
*) pass_aws_found='' ;;
esac

# Becomes the command. It has no local variables: they could hide variables of the caller.
pass_aws_become() {
	[[ -z $pass_aws_umask ]] || umask "$pass_aws_umask"
	# shellcheck disable=SC2086 # a variable for each name
	unset -v $pass_aws_stale "${!AWS_CONTAINER_@}" "${!_PASS_AWS_@}"
	export "${pass_aws_exports[@]}"
	[[ ${#pass_aws_env[@]} -eq 0 ]] || exec -- "${pass_aws_env[@]}" "$pass_aws_command" "${@:5}"
	exec -a "$4" -- "$pass_aws_command" "${@:5}"
	exit # if BASHOPTS has execfail
}

pass_aws_env=()
# pass sets these, for a wrapper that executes this front, too.
[[ $GPG_TTY != "not a tty" ]] || unset GPG_TTY
[[ $GIT_CEILING_DIRECTORIES != "$pass_aws_store/.." ]] || unset GIT_CEILING_DIRECTORIES
[[ $pass_aws_found$1$pass_aws_sourced != yesexec || ${SHELLOPTS@a}${BASHOPTS@a} == *x* ]] || pass_aws_become "$@"

# Restores what pass has changed in the caller's environment, or fails if it needs pass_aws_restore_all for that.
# Changes by a wrapper of pass are not restored.
pass_aws_restore() {
	local +x all='' changed='' IFS=$'\n'
	{ mapfile -d '' -t pass_aws_environ <"/proc/$$/environ"; } 2>/dev/null # fails if bash is older than 4.4
	all=$'\n'${pass_aws_environ[*]}
	[[ -z $pass_aws_sourced || $all == *$'\nGPG_TTY=/'* ]] || unset GPG_TTY
	[[ ${#pass_aws_environ[@]} -gt 0 ]] || return 0
	changed=${SHELLOPTS@a}${BASHOPTS@a}${PREFIX@a}${EXTENSIONS@a}${SYSTEM_EXTENSION_DIR@a}${GPG@a}${PROGRAM@a}
	changed+=${COMMAND@a}${CLIP_TIME@a}${X_SELECTION@a}${GENERATED_LENGTH@a}${CHARACTER_SET@a}
	# shellcheck disable=SC2154 # these are pass's
	changed+=${CHARACTER_SET_NO_SYMBOLS@a}${GETOPT@a}${SHRED@a}${BASE64@a}${extension@a}${user_extension@a}
	# shellcheck disable=SC2154
	changed+=${system_extension@a}
	[[ $changed != *x* && $all != *$'\nGIT_'* ]]
}

if [[ $pass_aws_found$1 == yesexec ]]; then
	pass_aws_restore && pass_aws_become "$@"
fi

# Restores the variables that pass assigns or unsets. With `-p`, bash would pass on its own options, and scripts cannot
# assign them: `env` sets them for the next program.
pass_aws_restore_all() {
	local +x line=''
	for line in "${pass_aws_environ[@]}"; do
		case $line in
		SHELLOPTS=* | BASHOPTS=*) pass_aws_env+=("$line") ;;
		GIT_CEILING_DIRECTORIES="$pass_aws_store/..") ;;
		GIT_CEILING_DIRECTORIES=* | GIT_DIR=* | GIT_WORK_TREE=* | GIT_NAMESPACE=* | GIT_INDEX_FILE=* | \
			GIT_INDEX_VERSION=* | GIT_OBJECT_DIRECTORY=* | GIT_COMMON_DIR=* | PREFIX=* | EXTENSIONS=* | \
			SYSTEM_EXTENSION_DIR=* | GPG=* | PROGRAM=* | COMMAND=* | CLIP_TIME=* | X_SELECTION=* | \
			GENERATED_LENGTH=* | CHARACTER_SET=* | CHARACTER_SET_NO_SYMBOLS=* | GETOPT=* | SHRED=* | BASE64=* | \
			extension=* | user_extension=* | system_extension=*) export "${line?}" ;;
		esac
	done
	export -n SHELLOPTS BASHOPTS
	[[ ${#pass_aws_env[@]} -eq 0 ]] || pass_aws_env=(/usr/bin/env "${pass_aws_env[@]}")
}

# If gpg has asked in vain, the full program does not ask again. A pinentry for terminals cannot ask without a terminal.
pass_aws_read_failure() {
	local +x line='' pinentry='' reason=''
	for line in "${pass_aws_failed[@]}"; do # up to PLAINTEXT only gpg writes
		case $line in
		'[GNUPG:] PLAINTEXT '*) break ;;
		'[GNUPG:] PINENTRY_LAUNCHED '*) pinentry=$line ;;
		'[GNUPG:] ERROR pkdecrypt_failed '*) reason=${line#*_failed } reason=${reason%% *} ;;
		esac
	done
	case $pinentry in
	'') return ;;
	*[\ :]curses\ * | *[\ :]tty\ *) [[ -w $GPG_TTY ]] || return ;;
	esac
	pass_aws_tried=asked
	# What was answered is not the passphrase (11) or the PIN (87); above 16 bits stands which part of GnuPG says so.
	# gpg 2.2 does not say it where pass gives it `--quiet`.
	case $reason in
	'' | *[!0123456789]* | ???????????*) ;;
	*) case $((10#$reason & 65535)) in 11 | 87) pass_aws_tried=wrong ;; esac ;;
	esac
}

pass_aws_read_failure
pass_aws_restore || pass_aws_restore_all
[[ $pass_aws_found$1 != yesexec ]] || pass_aws_become "$@"

# Finds the program in Python: that of `make install`, else one installed next to this program, else another front on
# PATH, which knows where it is.
pass_aws_find_core() {
	local +x here=${BASH_SOURCE[0]} main='' python=''
	[[ ! -x ${pass_aws_core[0]} ]] || return 0
	pass_aws_core=()
	while [[ -L $here ]]; do
		main=$(readlink -- "$here")
		case $main in /*) here=$main ;; *) here=${here%/*}/$main ;; esac
	done
	here=${here%/*}
	for main in "$here"/../lib/python3*/{site,dist}-packages/pass_aws/__main__.py; do
		python=${main#"$here/../lib/"} python=${python%%/*}
		for python in "/usr/bin/$python" "$here/$python"; do
			[[ ! -f $main || ! -x $python ]] || pass_aws_core=("$python" -I -S "$main")
		done
	done
	[[ -z ${pass_aws_core[0]} ]] || return 0
	main=$(type -P pass-aws)
	if [[ -x $here/python3 ]]; then # an editable install has only the path of its sources there
		pass_aws_core=("$here/python3" -I -c 'from pass_aws.__main__ import console; raise SystemExit(console())')
	elif [[ -n $main && ! $main -ef ${BASH_SOURCE[0]} ]]; then
		pass_aws_core=("$main")
	fi
}

pass_aws_find_core
export _PASS_AWS_STORE=$pass_aws_store _PASS_AWS_UMASK=$pass_aws_umask _PASS_AWS_TICKET=${pass_aws_tried:-missed}
export _PASS_AWS_FRONT=${BASH_SOURCE[0]}
[[ -z ${pass_aws_core[0]} ]] || exec -- "${pass_aws_env[@]}" "${pass_aws_core[@]}" "$@"
printf '%s\n' "pass aws: error: the Python program of pass aws is missing" >&2
printf 'pass aws: hint: install pass aws again, or run rm %q, with sudo if it is not yours\n' "${BASH_SOURCE[0]}" >&2
[[ $1 != env ]] || echo false # for the shell that evaluates this
exit 127
