# Completion of `pass aws` and `pass-aws` for fish; is in conf.d, because fish would load it elsewhere only
# to complete a command named `pass-aws`. pass's own completion is loaded as well.
#
# The program finds the candidates (pass_aws/command_line/complete.py describes its answers). It gets the words without
# their quotes; fish quotes its answers. No text of a file or of the line is expanded or run here.

# __pass_aws_complete NUMBER [WORD…]: completes a line whose first NUMBER words mean `pass-aws WORD…`.
function __pass_aws_complete
    set -l words (commandline -opc)
    set -l current (__pass_aws_unquoted (commandline -ct))
    set -l number $argv[1]
    set -e words[1..$number] argv[1]
    set -l answer (_ARGCOMPLETE=1 _ARGCOMPLETE_SHELL=fish command pass-aws $argv $words "$current" </dev/null 2>/dev/null)
    switch $status
        case 0
            # fish would not quote a leading tilde in a name, and would expand it
            string match -q -r -- '^[\'"\\\\]' (commandline -ct) || set answer (string match -v -- '~*' $answer)
            printf '%s\n' $answer
        case 100
            set -l parts (string match -r -- '^((?:--[^=]*=)?)(.*)$' (commandline -ct))
            __fish_complete_path $parts[3] | string replace -r -- '^' "$parts[2]"
        case 101
            set -l wrapped $words[(math $answer - (count $argv) + 1)..]
            complete -C (string join ' ' -- (string escape -- $wrapped) (commandline -ct))
    end
end

function __pass_aws_unquoted
    string unescape -- $argv[1] || string unescape -- $argv[1]\' || string unescape -- $argv[1]\" || echo $argv[1]
end

function __pass_aws_is_extension
    set -l words (commandline -opc)
    test (count $words) -gt 1 && test "$words[2]" = aws
end

function __pass_aws_is_first_word
    test (count (commandline -opc)) -eq 1
end

complete -c pass -f -n __pass_aws_is_first_word -a aws -d 'Command: AWS credentials from the store'
complete -c pass -f -n __pass_aws_is_extension -a '(__pass_aws_complete 2)'
complete -c pass-aws -f -a '(__pass_aws_complete 1)'
