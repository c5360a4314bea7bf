"""打印镜像同步任务连接上游的方式。"""

import pathlib

import yaml

settings = yaml.safe_load((pathlib.Path(__file__).parent / "mirror.yaml").read_text(encoding="utf-8"))
# 没有配置代理端口时直接连接
port = settings.get("proxy_port")
print("via", f"proxy:{int(port)}" if port else "direct")
print("timeout", int(settings["timeout_ms"]))
print("cache", int(settings["cache_mb"]))
