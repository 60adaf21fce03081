"""`check --deploy` under production settings, and proof that a start without secrets is refused."""

import os
import subprocess
import sys

PRODUCTION = {
    "DEBUG": "false",
    "SITE_URL": "https://paidup.example",
    "ALLOWED_HOSTS": "paidup.example",
    "TRUSTED_PROXIES": "127.0.0.1",
    "SECRET_KEY": "for-the-deploy-check-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "FIELD_ENCRYPTION_KEYS": "Zm9yLXRoZS1kZXBsb3ktY2hlY2stb25seS0wMTIzNDU=",
    "QUICKBOOKS_ENVIRONMENT": "production",
    "QUICKBOOKS_CLIENT_ID": "check",
    "QUICKBOOKS_CLIENT_SECRET": "check",
    "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN": "check",
}
# Each makes a start unsafe, and is refused by its name.
UNSAFE = {
    "DEBUG": "true",
    "ALLOWED_HOSTS": "*",
    "SITE_URL": "http://paidup.example",
    "SECRET_KEY": "",
    "FIELD_ENCRYPTION_KEYS": "",
    "QUICKBOOKS_CLIENT_ID": "",
    "QUICKBOOKS_CLIENT_SECRET": "",
    "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN": "simulator-verifier",
}


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    """Run the deploy check with some production values changed."""
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=os.environ | PRODUCTION | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> int:
    """Return 0 when production settings pass and each unsafe one is refused by name."""
    whole = check()
    if whole.returncode:
        sys.stderr.write(whole.stdout + whole.stderr)
        return 1
    for name, value in UNSAFE.items():
        refused = check(**{name: value})
        if not refused.returncode or name not in refused.stdout + refused.stderr:
            sys.stderr.write(f"A production start with {name}={value!r} was not refused by name.\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
