"""`smoke clean`: what the settings `retention` do not keep any longer is taken away."""

from collections.abc import Iterable

import click

from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, table_format
from smoke_pipeline.cli.keeping.opening import open_both
from smoke_pipeline.smoke_test.keeping.clean import clean as carry_out
from smoke_pipeline.smoke_test.keeping.clean import due
from smoke_pipeline.smoke_test.keeping.plan import Going
from smoke_pipeline.smoke_test.keeping.settling import reconcile


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would go, and why.")
@table_format
def clean(dry_run: bool, form: str) -> None:
    """Take away what was kept long enough: old sessions, uploads, and what killed steps left."""
    with open_both() as both:
        cleaning = both.cleaning("smoke clean")
        if dry_run:
            gone = list(due(cleaning))
        else:
            for told in reconcile(both.around, both.runs, both.orchestrator):
                click.echo(told, err=True)
            gone = list(carry_out(cleaning))
    _print(gone, dry_run=dry_run, form=form)


def _print(gone: Iterable[Going], *, dry_run: bool, form: str) -> None:
    rows = [going.to_dict() for going in gone]
    if form == "json":
        print_json({"dry_run": dry_run, "gone": rows})
    elif form == "csv":
        print_csv(rows, ("kind", "name", "why", "size_bytes"))
    else:
        for line in aligned([(row["kind"], row["name"], row["why"]) for row in rows]) if rows else ():
            click.echo(line)
        would = "would go" if dry_run else "went"
        click.echo(f"{len(rows):,} {would}." if rows else "There is nothing to take away.", err=True)
