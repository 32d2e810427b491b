"""How fluently something was said: speed, pauses, fillers, repairs."""

from perception.speech.fluency.delivery import Delivery, Pause
from perception.speech.fluency.hesitation import hesitation_score
from perception.speech.fluency.measure import measure_fluency
from perception.speech.fluency.nuclei import measure_delivery, spoken_part
from perception.speech.fluency.syllables import count_syllables
from perception.speech.fluency.values import Filler, Fluency, Repair

__all__ = [
    "Delivery",
    "Filler",
    "Fluency",
    "Pause",
    "Repair",
    "count_syllables",
    "hesitation_score",
    "measure_delivery",
    "measure_fluency",
    "spoken_part",
]
