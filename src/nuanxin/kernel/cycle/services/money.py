"""The money of the month: dues, runs, bank files, returns, each a step that may be repeated without effect."""

import datetime as dt
import json

from django.db import transaction
from django.db.models import Min

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.casework.assessed import assessor
from nuanxin.kernel.casework.models import Decision
from nuanxin.kernel.casework.selectors import approved_starts
from nuanxin.kernel.core.changes import Author, open_change
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.months import add_months
from nuanxin.kernel.cycle.assessing import assessments
from nuanxin.kernel.cycle.models import MonthRun, MonthStep
from nuanxin.kernel.cycle.services.month import month_or_refuse
from nuanxin.kernel.cycle.services.steps import do_step
from nuanxin.kernel.payments import services as payments
from nuanxin.kernel.payments.models import BankFile, PaymentRun
from nuanxin.kernel.payments.selectors import decided_event_ids
from nuanxin.kernel.payments.services import EventDue, ReturnReport
