"""Why a ticket changed, in the words that events carry."""

EDITED = "edited"
"""Someone set the fields through the API."""

TRIAGE = "triage"
ESCALATION = "escalation"
UNDELIVERED = "undelivered"
"""An answer did not reach the customer, so somebody must act."""

REQUESTED = "requested"
"""Someone asked for it and gave no reason of their own."""

IMPORTED = "imported"
"""The other system says so, without a message that would show why."""

CUSTOMER_WROTE = "customer_wrote"
