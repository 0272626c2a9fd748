#!/usr/bin/env bash
# pass aws: AWS credentials out of the password store.
#
# pass sources this file; a wrapper may execute it. A plain `exec PROFILE -- CMD…` is answered here, from the profile's
# ticket, at the price of one gpg decrypt; everything else, and every doubt, is for the full program.

pass_aws_core=() # make install writes the paths here

# Every variable that can lead a plain request to another answer; pass_aws/cache/ticket.py has the same list.
pass_aws_consulted=(HOME GNUPGHOME PASSWORD_STORE_KEY PASSWORD_STORE_GPG_OPTS PASS_AWS_PREFIX PASS_AWS_CACHE_KEY
	PASS_AWS_DURATION AWS_VAULT_PASS_PREFIX AWS_VAULT_DURATION AWS_ASSUME_ROLE_TTL AWS_SESSION_TOKEN_TTL
	AWS_CHAINED_SESSION_TOKEN_TTL AWS_MFA_SERIAL AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_SESSION_TAGS
	AWS_TRANSITIVE_TAGS AWS_SOURCE_IDENTITY AWS_WEB_IDENTITY_TOKEN_FILE AWS_REGION AWS_DEFAULT_REGION
	AWS_STS_REGIONAL_ENDPOINTS AWS_ENDPOINT_URL AWS_ENDPOINT_URL_STS AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
	AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_CA_BUNDLE)

# What SDKs would use beside our credentials, or instead of them; pass_aws/system/child_environment.py has the same list.
pass_aws_stale=(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_REGION
	AWS_DEFAULT_REGION AWS_ACCOUNT_ID AWS_VAULT AWS_SECURITY_TOKEN AWS_CREDENTIAL_FILE AWS_CREDENTIAL_SCOPE
	BOTO_CONFIG AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SDK_LOAD_CONFIG AWS_ROLE_ARN AWS_ROLE_SESSION_NAME
	AWS_WEB_IDENTITY_TOKEN_FILE)

# Fills `pass_aws_exports`, `pass_aws_command` and `pass_aws_umask` for `exec PROFILE -- CMD…`, or fails with nothing
# changed. The steps share its variables. No text from a file name, a ticket or a variable meets an arithmetic test, a
# subscript or `${!…}` before a `case` with spelled-out characters has shown it harmless.
pass_aws_redeem() {
	local - profile=$2 ticket='' expires='' seal='' given='' i line
	local config=${AWS_CONFIG_FILE:-$HOME/.aws/config} credentials=${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/pass-aws state=${XDG_STATE_HOME:-$HOME/.local/state}/pass-aws
	pass_aws_plain && pass_aws_find && pass_aws_check_age && pass_aws_look_around && pass_aws_look_up "$4" &&
		pass_aws_decrypt && pass_aws_find_umask
}

# Nothing asks for more than the short way does. PASS_AWS_PREFIX set to nothing means the root of the store.
pass_aws_plain() {
	case $- in *[xv]*) return 1 ;; esac # a trace would show the secrets
	case $profile in
	'' | [-.]* | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+/-]*) return 1 ;;
	esac
	case $pass_aws_store$config$credentials in *[$'\t\n$']*) return 1 ;; esac
	for i in "${!AWS_ENDPOINT_URL_@}"; do # of a service that the given line does not name
		[[ $i == AWS_ENDPOINT_URL_STS || -z ${!i} ]] || return 1
	done
	[[ -n $GPG && ${#profile} -le 100 && -n ${PASS_AWS_PREFIX-x} && -n ${AWS_VAULT_PASS_PREFIX-x} &&
		-z $_PASS_AWS_SETTINGS &&
		-z $AWS_VAULT_PASS_PASSWORD_STORE_DIR$PASS_AWS_SESSION_CACHE$PASS_AWS_NO_INPUT$PASS_AWS_MIN_TTL$AWS_MIN_TTL &&
		$HOME == /* && $pass_aws_store == /* && $config == /* && $credentials == /* && $cache == /* && $state == /* &&
		$state/ != "$cache"/* ]] # the seal would lie in the cache
}

# The ticket that lives longest, five minutes at least, and the seal that must be in it; both ours.
pass_aws_find() {
	for i in "$cache/tickets/${profile//\//%}"/[123456789]?????????.gpg; do
		line=${i##*/} line=${line%.gpg}
		case $line in *[!0123456789]*) continue ;; esac
		[[ $line -ge $((EPOCHSECONDS + 300)) ]] && ticket=$i expires=$line
	done
	[[ -f $ticket && -O $ticket && ! -L $ticket && -f $state/seal && -O $state/seal && ! -L $state/seal ]] &&
		read -r seal 2>/dev/null <"$state/seal" && [[ ${#seal} -eq 64 ]]
}

# Its time is that of the newest of the AWS files, its folder's time that of the other one, if there is one.
pass_aws_check_age() {
	local newest=$config other=$credentials folder=${ticket%/*}
	[[ $credentials -nt $config ]] && newest=$credentials other=$config
	[[ -e $other ]] || other=$newest
	[[ -f $config && ! $ticket -nt $newest && ! $ticket -ot $newest && ! $folder -nt $other && ! $folder -ot $other ]]
}

# The surroundings that it must have been made in, on one line. A region exported by us is nobody's wish.
pass_aws_look_around() {
	local AWS_REGION=$AWS_REGION AWS_DEFAULT_REGION=$AWS_DEFAULT_REGION
	[[ $AWS_REGION != "$_PASS_AWS_REGION" ]] || AWS_REGION=
	[[ $AWS_DEFAULT_REGION != "$_PASS_AWS_REGION" ]] || AWS_DEFAULT_REGION=
	given=$pass_aws_store$'\t'$config$'\t'$credentials
	for i in "${pass_aws_consulted[@]}"; do
		[[ -n ${!i} ]] || continue
		[[ ${!i} != *[$'\t\n']* ]] || return 1
		given+=$'\t'$i=${!i}
	done
}

# The command is there, and no script without `#!`: bash would run that by itself instead of by /bin/sh.
pass_aws_look_up() {
	local IFS=:
	set -f
	case $1 in
	*/*) line=$1 ;;
	*) for line in $PATH; do line=${line:-.}/$1 && [[ -f $line && -x $line ]] && break; done ;;
	esac
	pass_aws_command=$line # bash itself would also look into a folder called `~`
	[[ -f $line && -x $line ]] && IFS='' read -r -n 2 i 2>/dev/null <"$line" && [[ $i == '#!' || $i == $'\x7fE' ]]
}

# Opens the ticket, if it is encrypted and says exactly what it must. gpg's status lines stand around its text.
pass_aws_decrypt() {
	local text before entry body after IFS=$'\n'
	pass_aws_gpg=refused
	{ text=$(exec $GPG -d "${GPG_OPTS[@]}" --batch --status-fd 1 -- "$ticket" </dev/null); } 2>/dev/null || {
		case ${text%%PLAINTEXT*} in # what comes behind may be anybody's
		*PINENTRY_LAUNCHED*[\ :]curses\ * | *PINENTRY_LAUNCHED*[\ :]tty\ *) [[ -w $GPG_TTY ]] && pass_aws_gpg=asked ;;
		*PINENTRY_LAUNCHED*) pass_aws_gpg=asked ;;
		esac
		return 1
	}
	line="pass-aws ticket 1
seal: $seal
profile: $profile
expires: $expires
given: $given
entry: "
	before=${text%%"$line"*} after=${text:${#before}+${#line}}
	entry=${after%%$'\n'*} after=${after:${#entry}+1}
	body=${after%%$'\nend\n'*} after=${after:${#body}}
	[[ $before != "$text" && ${before%%PLAINTEXT*} == *'[GNUPG:] BEGIN_DECRYPTION'* &&
		$after == *'[GNUPG:] DECRYPTION_OKAY'* && -f $entry ]] || return 1
	for line in $body; do
		i=${line%%: *}
		case $i in
		AWS_ACCESS_KEY_ID | AWS_SECRET_ACCESS_KEY | AWS_SESSION_TOKEN | AWS_CREDENTIAL_EXPIRATION | AWS_REGION | \
			AWS_DEFAULT_REGION | AWS_ACCOUNT_ID | AWS_VAULT | _PASS_AWS_REGION | AWS_ENDPOINT_URL | \
			AWS_USE_FIPS_ENDPOINT | AWS_USE_DUALSTACK_ENDPOINT | AWS_STS_REGIONAL_ENDPOINTS | AWS_CA_BUNDLE | \
			_PASS_AWS_SETTINGS) pass_aws_exports+=("$i=${line#*: }") ;;
		AWS_ENDPOINT_URL_*[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) return 1 ;;
		AWS_ENDPOINT_URL_?*) pass_aws_exports+=("$i=${line#*: }") ;;
		*) return 1 ;;
		esac
	done
}

# The caller's umask, which pass has replaced: that of our parent, if it is a process of this user and session and lets
# nobody else write. PASS_AWS_UMASK beats it.
pass_aws_find_umask() {
	local line lines=() user='' session='' same='' mask=''
	{ mapfile -n 20 -t lines <"/proc/$$/status"; } 2>/dev/null
	for line in "${lines[@]}"; do
		case $line in Uid:*) user=$line ;; NSsid:*) session=$line ;; esac
	done
	lines=() # the caller may have gone
	{ mapfile -n 20 -t lines <"/proc/$PPID/status"; } 2>/dev/null
	for line in "${lines[@]}"; do
		case $line in Umask:*) mask=${line#*$'\t'} ;; "$user") same+=u ;; "$session") same+=s ;; esac
	done
	case $same$mask in us0[01234567][01234567][2367]) pass_aws_umask=$mask ;; *) pass_aws_umask=077 ;; esac
	pass_aws_umask=${PASS_AWS_UMASK:-$pass_aws_umask}
	case $pass_aws_umask in
	[01234567] | [01234567][01234567] | [01234567][01234567][01234567] | 0[01234567][01234567][01234567]) ;;
	*) return 1 ;;
	esac
}

# Puts back what pass has changed of the caller's environment. What a wrapper hands on was changed before.
pass_aws_restore() {
	local line lines=() all taken IFS=$'\n'
	unset GIT_CEILING_DIRECTORIES
	{ mapfile -d '' -t lines <"/proc/$$/environ"; } 2>/dev/null # nothing where bash is older than 4.4
	all=$'\n'${lines[*]}
	[[ $all == *$'\nGPG_TTY=/'* ]] || unset GPG_TTY
	[[ -n ${lines[*]} ]] || return 0
	taken=${PREFIX@a}${EXTENSIONS@a}${SYSTEM_EXTENSION_DIR@a}${GPG@a}${PROGRAM@a}${COMMAND@a}${CLIP_TIME@a}
	taken+=${X_SELECTION@a}${GENERATED_LENGTH@a}${CHARACTER_SET@a}${CHARACTER_SET_NO_SYMBOLS@a}
	# shellcheck disable=SC2154 # these are pass's
	taken+=${GETOPT@a}${SHRED@a}${BASE64@a}${extension@a}${user_extension@a}${system_extension@a}
	[[ $taken == *x* || $all == *$'\nGIT_'* ]] || return 0
	for line in "${lines[@]}"; do
		case $line in
		GIT_CEILING_DIRECTORIES="$pass_aws_store/..") ;;
		GIT_CEILING_DIRECTORIES=* | GIT_DIR=* | GIT_WORK_TREE=* | GIT_NAMESPACE=* | GIT_INDEX_FILE=* | \
			GIT_INDEX_VERSION=* | GIT_OBJECT_DIRECTORY=* | GIT_COMMON_DIR=* | PREFIX=* | EXTENSIONS=* | \
			SYSTEM_EXTENSION_DIR=* | GPG=* | PROGRAM=* | COMMAND=* | CLIP_TIME=* | X_SELECTION=* | \
			GENERATED_LENGTH=* | CHARACTER_SET=* | CHARACTER_SET_NO_SYMBOLS=* | GETOPT=* | SHRED=* | BASE64=* | \
			extension=* | user_extension=* | system_extension=*) export "${line?}" ;;
		esac
	done
}

pass_aws_store=${PREFIX:-${PASSWORD_STORE_DIR:-$HOME/.password-store}} pass_aws_exports=() pass_aws_gpg=''
if [[ ${BASH_VERSINFO[0]} -ge 5 && $1 == exec && $3 == -- && -n $4 ]] && pass_aws_redeem "$@"; then
	umask "$pass_aws_umask"
	pass_aws_restore
	unset "${pass_aws_stale[@]}" "${!AWS_CONTAINER_@}" "${!_PASS_AWS_@}"
	export "${pass_aws_exports[@]}"
	exec -a "$4" -- "$pass_aws_command" "${@:5}"
	exit # where BASHOPTS has execfail
fi

pass_aws_find_umask
pass_aws_restore
export _PASS_AWS_CALLER="pass aws" _PASS_AWS_STORE=$pass_aws_store _PASS_AWS_UMASK=$pass_aws_umask
export _PASS_AWS_GPG=$pass_aws_gpg
[[ -x ${pass_aws_core[0]} ]] && exec -- "${pass_aws_core[@]}" "$@"
hash pass-aws 2>/dev/null && exec -- pass-aws "$@"
printf '%s\n' "pass aws: error: the program pass-aws is not there" "pass aws: hint: install it again" >&2
[[ $1 != env ]] || echo false # for the shell that evaluates it
exit 127
