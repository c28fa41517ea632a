"""The rules, a file each; ``lrviz.checks.RULES`` lists them."""
