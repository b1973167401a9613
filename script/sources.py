"""Which files the checks look at, and how they report: shared by script/check-*."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def listed_files():
    """Every file of the project, tracked or new, as paths relative to the root."""
    try:
        listing = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], check=True, capture_output=True).stdout
        names = [name for name in listing.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, or no git
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if not {".git", "build"} & set(path.relative_to(ROOT).parts[:1])]
    return sorted(name for name in names if (ROOT / name).is_file())


def report(check, looked_at, findings):
    """Prints the findings and ends the process: 0 = none, 1 = some or nothing to look at."""
    for finding in findings:
        print(finding)
    print(f"{check}: {looked_at} files, {len(findings)} findings")
    if looked_at == 0:
        print(f"{check}: found nothing to look at")
    sys.exit(0 if looked_at > 0 and not findings else 1)


def self_test(check, cases, find):
    """Each case is (path, text, what a finding must contain or None). Ends the process."""
    wrong = []
    for path, text, expected in cases:
        findings = find(path, text)
        if expected is None and findings:
            wrong.append(f"{path}: should pass, but: {findings}")
        if expected is not None and not any(expected in finding for finding in findings):
            wrong.append(f"{path}: should give '{expected}', but: {findings}")
    for line in wrong:
        print(line)
    print(f"{check} --self-test: {len(cases)} cases, {len(wrong)} wrong")
    sys.exit(1 if wrong or not cases else 0)
