"""A township's reserve fund in a small county: terms approved, cash handed over, payments asked and agreed to."""

from dataclasses import replace

from nuanxin.kernel.payments import services
from nuanxin.kernel.payments.models import ReserveFund
from nuanxin.kernel.payments.services import ReservePayment
from tests.factories.county import AREA, TOWNSHIP, SmallCounty


class Fund:
    """A fund with a float of 20,000 and a limit of 2,000 yuan, agreed to and handed over."""

    def __init__(self, float_fen=2_000_000, limit_fen=200_000, county=None):
        self.county, self.services = county or SmallCounty(), services
        self.finance = self.county.account("finance")
        self.chief = self.county.account("section_chief")
        self.clerk = self.county.account("township_clerk", f"{AREA}.{TOWNSHIP}")
        self.leader = self.county.account("township_leader", f"{AREA}.{TOWNSHIP}")
        terms = services.propose_reserve_terms(
            account=self.finance,
            township=TOWNSHIP,
            float_fen=float_fen,
            limit_fen=limit_fen,
            document="县发〔2024〕1号",
        )
        services.approve_reserve_terms(account=self.chief, terms_id=terms.pk)
        self.id = terms.fund_id
        self.agree(services.request_reserve_advance(account=self.clerk, fund_id=self.id))

    @property
    def balance(self):
        """Return the balance in fen."""
        return ReserveFund.objects.get(pk=self.id).balance_fen

    def ask(self, fen, *people, **more):
        """Ask, as the clerk, to pay people."""
        people = people or (self.county.person(),)
        payment = ReservePayment(
            person_ids=[one.pk for one in people],
            payee_id=people[0].pk,
            amount_fen=fen,
            purpose="火灾",
            receipt_no="收0001",
        )
        return self.services.request_reserve_payment(
            account=self.clerk, fund_id=self.id, payment=replace(payment, **more)
        )

    def agree(self, request, by=None):
        """Agree to a request, as the section chief."""
        return self.services.approve_reserve_request(account=by or self.chief, request_id=request.pk)

    def pay(self, fen, *people, **more):
        """Ask and let the township's leader agree."""
        return self.agree(self.ask(fen, *people, **more), self.leader)
