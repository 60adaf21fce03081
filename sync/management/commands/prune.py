"""Delete what nobody needs any more; workers do the same every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.operations import pruning


class Command(BaseCommand):
    help = "Delete previews, requests, sessions and the like that are older than they are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            counts = {each.name: count for each, count in pruning.due()}
        else:
            counts = pruning.prune()
        for each in pruning.RETENTIONS:
            kept = f"kept {each.kept.days} days" if each.kept else "not kept"
            self.stdout.write(f"{counts.get(each.name, 0):>8,}  {each.name} ({kept})")
