"""All known regions, for completion only: users may give any region.

Source: botocore 1.44's endpoints.json.
"""

_NUMBERS = {
    "af-south": 1, "ap-east": 2, "ap-northeast": 3, "ap-south": 2, "ap-southeast": 7,
    "ca-central": 1, "ca-west": 1, "eu-central": 2, "eu-north": 1, "eu-south": 2, "eu-west": 3,
    "il-central": 1, "me-central": 1, "me-south": 1, "mx-central": 1, "sa-east": 1,
    "us-east": 2, "us-west": 2, "cn-north": 1, "cn-northwest": 1, "us-gov-east": 1, "us-gov-west": 1,
    "eusc-de-east": 1, "us-iso-east": 1, "us-iso-west": 1, "us-isob-east": 1, "us-isob-west": 1,
    "eu-isoe-west": 1, "us-isof-east": 1, "us-isof-south": 1,
}  # fmt: skip

KNOWN = tuple(f"{place}-{number + 1}" for place, count in _NUMBERS.items() for number in range(count))
