"""``lrviz schema``: the language as JSON Schema, for editors."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of a spec, for completion and checks in an editor.

    \b
    With the YAML language server (VS Code, Neovim, ...):
      lrviz schema > lrviz.schema.json
    and as the first line of a spec:
      # yaml-language-server: $schema=lrviz.schema.json
    """
    import json

    from lrviz.spec.schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
