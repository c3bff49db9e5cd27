"""The demo's bank answers every line, bounces a few, and always says the same."""

from nuanxin.demo.bank import answer


def payment_file(project: str, lines: int) -> str:
    head = f"340223-202401-01|{project}|{lines}|{lines * 86}.00|20240128"
    rows = [f"{seq}|张三|34022319500307102{seq % 10}|402|6217990000{seq:09d}|86.00|补贴" for seq in range(1, lines + 1)]
    return "\r\n".join([head, *rows]) + "\r\n"


def test_every_line_is_answered_and_three_in_a_thousand_bounce() -> None:
    back = answer(payment_file("高龄津贴", 10_000)).splitlines()
    assert back[0] == "340223-202401-01|10000|860000.00|20240128"
    codes = [line.split("|")[3] for line in back[1:]]
    assert len(codes) == 10_000
    assert set(codes) == {"00", "02", "03", "06"}
    assert 15 <= sum(code != "00" for code in codes) <= 50


def test_the_same_file_gets_the_same_answer() -> None:
    assert answer(payment_file("低保", 500)) == answer(payment_file("低保", 500))


def test_funeral_relief_never_bounces() -> None:
    back = answer(payment_file("惠民殡葬补贴", 5_000)).splitlines()[1:]
    assert {line.split("|")[3] for line in back} == {"00"}
