"""How the GPU-hours are shared out over providers."""

from planner.inputs.base import Mistake, Mistakes, Name, Share, Strict, rule


class ProviderShare(Strict):
    """What share of all GPU-hours at work in a period one provider has at least or at most."""

    provider: Name
    """Provider, or own for owned systems."""
    min_share: Share = 0.0
    """Smallest share in every period."""
    max_share: Share = 1.0
    """Largest share in every period."""

    @rule
    def share_leaves_room(self) -> Mistakes:
        if self.min_share == 0 and self.max_share == 1:
            yield Mistake((), "asks for nothing; add min_share or max_share")
        if self.min_share > self.max_share:
            text = f"is more than max_share ({self.max_share:g}): nothing lies between; lower it"
            yield Mistake(("min_share",), text)
