# The floor of `pass aws exec`: an extension that decrypts one file and becomes a command.
t=$($GPG -d "${GPG_OPTS[@]}" -- "$1" </dev/null)
export AWS_SESSION_TOKEN=$t
shift
exec -- "$@"
