"""The results of TAB for a line in every shell."""

WORDS = {
    "pass aw": "pass aws",
    "pass aws exe": "pass aws exec ",
    "pass-aws exe": "pass-aws exec ",
    "pass aws rm": "pass aws rm ",
    "pass aws --deb": "pass aws --debug ",
    "pass aws help who": "pass aws help whoami ",
    "pass aws exec --policy-f": "pass aws exec --policy-file ",
    "pass aws exec ro --no-i": "pass aws exec ro --no-input ",
    "pass aws exec r": "pass aws exec ro ",
    "pass aws exec -n --duration 1h r": "pass aws exec -n --duration 1h ro ",
    "pass aws --debug exec r": "pass aws --debug exec ro ",
    "pass aws env stored/k": "pass aws env stored/key ",
    "pass aws env --format dot": "pass aws env --format dotenv ",
    "pass aws env --format=dot": "pass aws env --format=dotenv ",
    "pass aws exec --region eu-no": "pass aws exec --region eu-north-1 ",
    "pass aws exec --prompt pin": "pass aws exec --prompt pinentry ",
    "pass aws exec --role-arn a": "pass aws exec --role-arn arn:aws:iam::123456789012:role/ReadOnly ",
    "pass aws exec --policy-file poli": "pass aws exec --policy-file policy.json ",
    "pass aws exec --policy-file=poli": "pass aws exec --policy-file=policy.json ",
    "pass aws env dev --format dotenv > poli": "pass aws env dev --format dotenv > policy.json ",
    "pass aws sso logi": "pass aws sso login ",
    "pass aws sso login r": "pass aws sso login ro ",
    "pass aws sso list --sso-session ses": "pass aws sso list --sso-session sessions-are-none ",
    "pass aws exec --account 2": "pass aws exec --account 222222222222 ",
    "pass aws exec --role Dev": "pass aws exec --role Developer ",
    "true && pass aws exec r": "true && pass aws exec ro ",
    "A=1 pass-aws exec r": "A=1 pass-aws exec ro ",
}

NOTHING = (
    "pass aws nonsense r",
    "pass aws exec -t ",
    "pass aws exec ses",
    "pass aws exec new",
    "pass aws exec sts",
    "pass aws clear r",
    "pass aws remove def",
)
"""Unknown commands, one-time codes, texts that are not profiles, and texts that the command could not use."""

WRAPPED = {
    "pass aws exec ro -- git checko": "pass aws exec ro -- git checkout ",
    "pass aws exec ro git checko": "pass aws exec ro git checkout ",
    "pass-aws exec -d 1h ro -- cat fold": "pass-aws exec -d 1h ro -- cat folder/",
    "pass aws exec --no-input -- cat poli": "pass aws exec --no-input -- cat policy.json ",
    "pass aws exec col:on:k=v -- cat poli": "pass aws exec col:on:k=v -- cat policy.json ",
    "pass aws exec '$(touch pwned)' -- cat poli": "pass aws exec '$(touch pwned)' -- cat policy.json ",
    "pass aws exec ro -- cat '$(touch pwned)' poli": "pass aws exec ro -- cat '$(touch pwned)' policy.json ",
    "pass aws exec ro -- aws_complet": "pass aws exec ro -- aws_completer",
    "pass aws exec ro aws_complet": "pass aws exec ro aws_completer",
    "pass aws exec ro -- aws s3api list-objects-": "pass aws exec ro -- aws s3api list-objects-v2 ",
    "pass aws exec ro aws --region": "pass aws exec ro aws --region ",
    "true && pass aws exec ro -- aws iam list-rol": "true && pass aws exec ro -- aws iam list-role",
    "pass aws exec ro ": "pass aws exec ro --",
}
"""Whatever follows the profile is completed as if it were typed alone."""
