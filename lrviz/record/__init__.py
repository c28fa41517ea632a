"""A training run that really runs, in this process → Traces of what its optimizers used, through torch's own hooks.

``recorder`` is what torch calls at every step; ``arrival`` hooks it in when torch is imported, whoever imports it;
``names`` finds what the script calls its optimizers; ``script`` runs a script as Python does; ``traces`` freezes what
was recorded; ``recording`` is the Python interface. All but the last two need nothing beside the standard library, so
that the script is the first to import torch and NumPy, with whatever it sets in the environment before.
"""
