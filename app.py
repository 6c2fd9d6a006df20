"""Rosetta Studio: `python app.py`, then open the address that it prints."""

import gc
import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")  # nobody looks at what it would keep of every event, and count anew each time
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

if __name__ == "__main__":
    gc.disable()  # nothing that is imported is garbage, and looking for it takes a fifth of the start; see app.shared.memory
    from core.foundations.threads import settle

    settle()  # before torch is imported
    from app.shared.memory import few_stores

    few_stores()  # before there are threads
    from app.demo import main

    main()
