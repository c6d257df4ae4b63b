"""The proxy before an Odoo with several workers: nginx, on loopback, with all its files in the
stack's folder."""

from __future__ import annotations

from pathlib import Path

from .environment import LOOPBACK, Environment
from .errors import StackError
from .program import Program
from .system import check_program

#: What the proxy says to Odoo, and waits for. The installation page has the same lines.
BLOCK = """\
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_read_timeout 180s;
    proxy_send_timeout 180s;
    client_max_body_size 32m;

    location /longpolling {
        proxy_pass http://127.0.0.1:8072;
    }
    location / {
        proxy_pass http://127.0.0.1:8069;
    }
"""
_SETTINGS = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ }}
http {{
access_log off;
client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
server {{
    listen {address};
{block}}}
}}
"""


def start_proxy(
    environment: Environment, folder: Path, *, port: int, http_port: int, event_port: int
) -> Program:
    """Run the proxy on that port of loopback, before Odoo's two. Raises StackError."""
    if not environment.nginx:
        raise StackError("nginx is not set up: run script/setup first.")
    own = folder / "nginx"
    own.mkdir(exist_ok=True)
    block = BLOCK.replace(":8069", f":{http_port}").replace(":8072", f":{event_port}")
    settings = own / "nginx.conf"
    settings.write_text(_SETTINGS.format(folder=own, address=f"{LOOPBACK}:{port}", block=block))
    program = check_program(Path(environment.nginx), "script/setup")
    # `-e`: its default is a folder of root's, read before the settings are
    command = [program, "-e", "stderr", "-p", str(own), "-c", str(settings)]
    return Program("The proxy", command, log=folder / "nginx.log")
