"""The user's own facts."""

from planner.inputs.base import Mistake, Mistakes, Name, Strict, rule


class CatalogFiles(Strict):
    """The user's own facts, laid over the shipped ones by id; paths relative to the problem file."""

    gpus: Name | None = None
    """YAML like data/gpus.yaml."""
    systems: Name | None = None
    """YAML like data/systems.yaml."""
    models: Name | None = None
    """YAML like data/models.yaml."""
    offers: Name | None = None
    """CSV like data/prices/offers.csv."""
    commitments: Name | None = None
    """CSV like data/prices/commitments.csv."""
    apis: Name | None = None
    """CSV like data/prices/apis.csv."""
    replace_offers: bool = False
    """True: only the user's offers exist, the shipped ones are ignored."""

    @rule
    def offers_replace_offers(self) -> Mistakes:
        if self.replace_offers and self.offers is None:
            yield Mistake(
                ("replace_offers",), "leaves no offer at all, as offers names no file; add offers or remove it"
            )
