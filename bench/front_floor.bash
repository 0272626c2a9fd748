#!/bin/bash -p
# The floor of `pass-aws`: a program that decrypts one file, and prints it or runs a command.
t=$(exec gpg -d --quiet --batch -- "$1" </dev/null)
if [[ $# -gt 1 ]]; then
	export AWS_SESSION_TOKEN=$t
	exec -- "${@:2}"
fi
printf '%s\n' "$t"
