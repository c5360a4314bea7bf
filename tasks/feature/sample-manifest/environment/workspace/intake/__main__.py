import sys
from pathlib import Path

from intake.manifest import check_manifest, count_samples

text = Path(sys.argv[1]).read_text(encoding="utf-8")
faults = check_manifest(text)
print("\n".join(faults) if faults else f"accepted {count_samples(text)} samples")
sys.exit(1 if faults else 0)
