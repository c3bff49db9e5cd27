"""What may be written in facts, parameters, benefits, exclusions and examples; unknown keys are refused."""

from nuanxin.kernel.rulebook.schema.benefits import Benefit, BenefitOverride, Component, Condition, Step
from nuanxin.kernel.rulebook.schema.common import Basis
from nuanxin.kernel.rulebook.schema.examples import Example, ExampleFile
from nuanxin.kernel.rulebook.schema.exclusions import Exclusion, ExclusionFile
from nuanxin.kernel.rulebook.schema.facts import Fact, FactFile
from nuanxin.kernel.rulebook.schema.parameters import DatedValue, Parameter, ParameterFile

__all__ = [
    "Basis",
    "Benefit",
    "BenefitOverride",
    "Component",
    "Condition",
    "DatedValue",
    "Example",
    "ExampleFile",
    "Exclusion",
    "ExclusionFile",
    "Fact",
    "FactFile",
    "Parameter",
    "ParameterFile",
    "Step",
]
