# For ~/.config/fish/config.fish: type -q pass-aws; and pass-aws init fish | source
#
# awsp PROFILE [OPTION…]   a profile's credentials in this shell; the options are those of `pass aws env`
# awsp                     show the current profile and its time left; without one: choose one
# awsp -                   remove the credentials
#
# In the prompt: function fish_right_prompt; awsp_prompt; end
# With starship: its `aws` module reads the same variables; no setup is needed.
# With direnv, in .envrc: eval "$(pass-aws env --no-input PROFILE)"

function awsp --description "A profile's AWS credentials in this shell; - for off"
    set -l words $argv
    if test "$words[1]" = -
        set words[1] --unset
    else if test (count $words) -eq 0 -a -n "$AWS_VAULT"
        awsp_prompt
        echo
        return
    end
    set -l text (command pass-aws env --format fish $words)
    or return
    if string match -q -- 'set -e *' "$text[1]"
        string join \n -- $text | source
    else
        string join \n -- $text # a help page
    end
end

function awsp_prompt --description 'Which AWS profile is in use, and how long it lasts'
    test -n "$AWS_VAULT"
    or return 0
    string replace -ra -- '[[:cntrl:]]' '?' "$AWS_VAULT" | read -l shown
    set -l at (string match -r -- '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$' "$AWS_CREDENTIAL_EXPIRATION")
    if test (count $at) -eq 7
        set -l month (math "($at[3] + 9) % 12")
        set -l year (math "$at[2] - floor($month / 10)")
        set -l days (math "365 * $year + floor($year / 4) - floor($year / 100) + floor($year / 400)")
        set days (math "$days + floor((153 * $month + 2) / 5) + $at[4] - 719469")
        set -l left (math "(($days * 24 + $at[5]) * 60 + $at[6]) * 60 + $at[7] - "(date +%s))
        if test $left -le 0
            set -a shown expired
        else if test $left -lt 60
            set -a shown "$left"s
        else if test $left -lt 3600
            set -a shown (math "floor($left / 60)")m
        else
            set -a shown (math "floor($left / 3600)")h(string pad -c 0 -w 2 (math "floor($left / 60) % 60"))m
        end
    end
    printf %s "$shown"
end

complete -c awsp -f -a '(functions -q __pass_aws_complete; and __pass_aws_complete 1 env)'
