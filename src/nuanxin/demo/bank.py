"""The demo's bank: reads the county's payment file and answers line by line; about three in a thousand bounce."""

import hashlib

# Code and words of a bounced line, with how often of 10,000 it happens.
BOUNCES = (("02", "账号不存在", 8), ("03", "账户已销户", 12), ("06", "不动户", 10))
SETTLED_AT_ONCE = ("huimin_binzang", "殡葬")  # the funeral parlour is settled with, not a private account


def answer(text: str) -> str:
    """Return the answer to a file of `batch|project|lines|total|date` and `seq|name|id|bank|account|amount|use`.

    The answer has `batch|lines|total|date` and `seq|account|amount|code|message`; the same file gets the same answer.
    """
    lines = [line.split("|") for line in text.splitlines() if line.strip()]
    batch, project, count, total, date = lines[0]
    safe = any(word in project for word in SETTLED_AT_ONCE)
    answers = [f"{batch}|{count}|{total}|{date}"]
    for seq, _name, _id, _bank, account, amount, *_use in lines[1:]:
        code, message = ("00", "成功") if safe else _verdict(batch, account)
        answers.append(f"{seq}|{account}|{amount}|{code}|{message}")
    return "\r\n".join(answers) + "\r\n"


def _verdict(batch: str, account: str) -> tuple[str, str]:
    """Return the code of a line: a bounce for about 30 in 10,000 by the digest of batch and account."""
    drawn = int.from_bytes(hashlib.sha256(f"{batch}{account}".encode()).digest()[:4]) % 10_000
    for code, message, often in BOUNCES:
        drawn -= often
        if drawn < 0:
            return code, message
    return "00", "成功"
