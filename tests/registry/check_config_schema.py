"""check_config_schema.py CONFIG_SAMPLES: holds the JSON Schema of configurations against samples.

The schema must take every sample that means something. Of those that were spoiled it must refuse
nearly all: it cannot see into URLs, behind references, and what a range is in a text.
"""

import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("python3-jsonschema is missing: ./dev deps installs it")

REFUSED_SHARE_MIN = 0.85


def main():
    lines = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    schema, *samples = [json.loads(line) for line in lines.splitlines()]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    taken = spoiled = refused = 0
    for right, is_wrong, text in samples:
        valid = validator.is_valid(json.loads(text))
        if right and not valid:
            error = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(text)))
            sys.exit(f"refused, and means something: {text}\n{error.message}")
        taken += right
        spoiled += is_wrong
        refused += is_wrong and not valid
    print(f"{len(samples)} samples: {taken} right, {refused} of {spoiled} spoiled refused")
    if taken < len(samples) / 4 or refused < spoiled * REFUSED_SHARE_MIN:
        sys.exit("too few")


main()
