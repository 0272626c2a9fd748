#!/usr/bin/env bash
# pass aws: AWS credentials out of the password store.
#
# pass sources this file; a wrapper may execute it. It answers a plain `exec PROFILE -- CMD…` from the profile's
# ticket, at the price of one gpg decrypt; everything else, and every doubt, is for the full program.

pass_aws_core=() # make install writes the paths here

# Every variable that can lead a plain request to another answer; pass_aws/rules/ticket.py has the same list.
pass_aws_given="HOME GNUPGHOME PASSWORD_STORE_KEY PASSWORD_STORE_GPG_OPTS PASS_AWS_PREFIX PASS_AWS_CACHE_KEY
	PASS_AWS_DURATION AWS_VAULT_PASS_PREFIX AWS_VAULT_DURATION AWS_ASSUME_ROLE_TTL AWS_SESSION_TOKEN_TTL
	AWS_CHAINED_SESSION_TOKEN_TTL AWS_MFA_SERIAL AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_SESSION_TAGS
	AWS_TRANSITIVE_TAGS AWS_SOURCE_IDENTITY AWS_WEB_IDENTITY_TOKEN_FILE AWS_REGION AWS_DEFAULT_REGION
	AWS_STS_REGIONAL_ENDPOINTS AWS_ENDPOINT_URL AWS_ENDPOINT_URL_STS AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
	AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT"

# Becomes the command of `exec PROFILE -- CMD…`, or returns with nothing changed. No text from a file name, a ticket
# or a variable meets an arithmetic test, a subscript or an indirect name before a `case` has shown it harmless.
pass_aws_redeem() {
	case $- in *[xv]*) return ;; esac # a trace would show the secrets
	[[ ${BASH_VERSINFO[0]} -ge 5 && -n $GPG && -n ${PASS_AWS_PREFIX-x} && -n ${AWS_VAULT_PASS_PREFIX-x} ]] || return
	[[ -z $AWS_VAULT_PASS_PASSWORD_STORE_DIR$PASS_AWS_SESSION_CACHE$PASS_AWS_NO_INPUT$PASS_AWS_MIN_TTL$AWS_MIN_TTL ]] || return
	local - profile=$2 now ticket='' expires='' seal='' given='' text='' head='' entry='' begun='' okay='' i line exports=()
	local config=${AWS_CONFIG_FILE:-$HOME/.aws/config} credentials=${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/pass-aws state=${XDG_STATE_HOME:-$HOME/.local/state}/pass-aws

	case $profile in '' | [-.]* | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+/-]*) return ;; esac
	[[ ${#profile} -le 100 && $HOME == /* && $cache == /* && $state == /* ]] || return
	printf -v now '%(%s)T' -1
	for i in "$cache/tickets/${profile//\//%}"/[123456789]?????????.gpg; do
		line=${i##*/} line=${line%.gpg}
		case $line in *[!0123456789]*) continue ;; esac
		[[ $line -ge $((now + 300)) ]] && ticket=$i expires=$line
	done
	[[ -f $ticket && -O $ticket && ! -L $ticket && -f $config && ! $ticket -ot $config && ! $ticket -ot $credentials ]] || return
	[[ ! $ticket -nt $config || ! $ticket -nt $credentials ]] || return # the newest of both, that is
	[[ -f $state/seal && -O $state/seal && ! -L $state/seal ]] && read -r seal 2>/dev/null <"$state/seal"
	[[ ${#seal} -eq 64 ]] || return

	[[ $PREFIX == /* && $config == /* && $credentials == /* ]] || return
	case $PREFIX$config$credentials in *[$'\t\n$']*) return ;; esac
	given=$PREFIX$'\t'$config$'\t'$credentials
	for i in $pass_aws_given; do
		case $i in *_REGION) [[ ${!i} == "$_PASS_AWS_REGION" ]] && continue ;; esac # exported by us, not wished by the user
		case ${!i} in '') continue ;; *[$'\t\n']*) return ;; esac
		given+=$'\t'$i=${!i}
	done

	set -f
	local IFS=:
	case $4 in
	*/*) line=$4 ;;
	*) for line in $PATH; do line=${line:-.}/$4 && [[ -f $line && -x $line ]] && break; done ;;
	esac
	[[ -f $line && -x $line ]] && IFS='' read -r -n 2 i 2>/dev/null <"$line"
	case $i in '#!' | $'\x7fE') ;; *) return ;; esac # bash would run any other file by itself, not by /bin/sh

	pass_aws_gpg=refused
	{ text=$($GPG -d "${GPG_OPTS[@]}" --batch --status-fd 1 -- "$ticket" </dev/null); } 2>/dev/null || {
		case $text in
		*PINENTRY_LAUNCHED*[\ :]curses\ * | *PINENTRY_LAUNCHED*[\ :]tty\ *) [[ $GPG_TTY == /* ]] && pass_aws_gpg=asked ;;
		*PINENTRY_LAUNCHED*) pass_aws_gpg=asked ;;
		esac
		return
	}
	IFS=$'\n'
	for line in $text; do
		case $line in
		'[GNUPG:] BEGIN_DECRYPTION') begun=1 ;;
		'[GNUPG:] PLAINTEXT '*) [[ -n $begun ]] || return ;; # gpg says no more than this before the text of a plain packet
		'[GNUPG:] DECRYPTION_OKAY') okay=1 ;;
		'[GNUPG:] '*) ;;
		AWS_ACCESS_KEY_ID:\ * | AWS_SECRET_ACCESS_KEY:\ * | AWS_SESSION_TOKEN:\ * | AWS_CREDENTIAL_EXPIRATION:\ * | AWS_REGION:\ * | \
			AWS_DEFAULT_REGION:\ * | AWS_ACCOUNT_ID:\ * | AWS_VAULT:\ * | _PASS_AWS_REGION:\ *) exports+=("${line%%: *}=${line#*: }") ;;
		'entry: '*) entry=${line#entry: } ;;
		*) head+=$line$'\n' ;;
		esac
	done
	line="pass-aws ticket 1"$'\n'"seal: $seal"$'\n'"profile: $profile"$'\n'"expires: $expires"$'\n'"given: $given"$'\n'"end"$'\n'
	[[ -n $okay && $head == "$line" && -f $entry ]] || return
	pass_aws_umask && umask "$pass_aws_mask" || return
	pass_aws_restore
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_REGION AWS_DEFAULT_REGION \
		AWS_ACCOUNT_ID AWS_VAULT AWS_SECURITY_TOKEN AWS_CREDENTIAL_FILE AWS_CREDENTIAL_SCOPE BOTO_CONFIG AWS_PROFILE \
		AWS_DEFAULT_PROFILE AWS_SDK_LOAD_CONFIG AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE \
		"${!AWS_CONTAINER_@}" "${!_PASS_AWS_@}"
	export "${exports[@]}"
	shift 3
	exec -- "$@"
}

# Finds the caller's umask, which pass has replaced by its own: the one of our parent, if that is a process of this
# user in this session and lets nobody else write; PASS_AWS_UMASK beats it.
pass_aws_umask() {
	local parent own uid session
	{ IFS='' read -r -d '' parent <"/proc/$PPID/status"; IFS='' read -r -d '' own <"/proc/$$/status"; } 2>/dev/null
	uid=${own#*$'\n'Uid:} session=${own#*$'\n'NSsid:}
	pass_aws_mask=${parent#*$'\n'Umask:$'\t'} pass_aws_mask=${pass_aws_mask%%$'\n'*}
	[[ $parent == *$'\n'Uid:"${uid%%$'\n'*}"$'\n'* && $parent == *$'\n'NSsid:"${session%%$'\n'*}"$'\n'* ]] || pass_aws_mask=
	case $pass_aws_mask in 0[01234567][01234567][2367]) ;; *) pass_aws_mask=077 ;; esac
	pass_aws_mask=${PASS_AWS_UMASK:-$pass_aws_mask}
	case ${pass_aws_mask#0} in '' | [01234567] | [01234567][01234567] | [01234567][01234567][01234567]) ;; *) return 1 ;; esac
}

# Puts back what pass has changed of the caller's environment.
pass_aws_restore() {
	local line
	unset GPG_TTY GIT_CEILING_DIRECTORIES
	while IFS='' read -r -d '' line; do
		case $line in
		GIT_CEILING_DIRECTORIES="${PREFIX-}/.." | GPG_TTY=[!/]*) ;; # a wrapper's, which pass has changed before
		GPG_TTY=* | GIT_CEILING_DIRECTORIES=* | GIT_DIR=* | GIT_WORK_TREE=* | GIT_NAMESPACE=* | GIT_INDEX_FILE=* | \
			GIT_INDEX_VERSION=* | GIT_OBJECT_DIRECTORY=* | GIT_COMMON_DIR=*) export "${line?}" ;;
		esac
	done 2>/dev/null <"/proc/$$/environ"
}

if [[ $1 == exec && $3 == -- && -n $4 ]]; then pass_aws_redeem "$@"; fi

PREFIX=${PREFIX:-${PASSWORD_STORE_DIR:-$HOME/.password-store}}
pass_aws_umask
pass_aws_restore
export _PASS_AWS_CALLER="pass aws" _PASS_AWS_STORE=$PREFIX _PASS_AWS_UMASK=$pass_aws_mask _PASS_AWS_GPG=$pass_aws_gpg
[[ -x ${pass_aws_core[0]} ]] && exec -- "${pass_aws_core[@]}" "$@"
hash pass-aws 2>/dev/null && exec -- pass-aws "$@"
printf '%s\n' "pass aws: error: the program pass-aws is not there" "pass aws: hint: install it again, or put it on PATH" >&2
exit 127
