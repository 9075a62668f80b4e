# The gateway agent and its HAProxy in one container. Built in a directory that has the program `vga`:
#   docker build -f packaging/docker/vga.Dockerfile -t vga target/release
# BASE is any image of glibc 2.36 or newer with HAProxy 2.4 or newer in its PATH.
ARG BASE=haproxy:3.0-bookworm
FROM ${BASE}
COPY vga /usr/bin/vga
# The user of the base image may not make these; HAProxy's sockets need a short path.
USER root
# The agent finds /run/vga by itself, because its user owns it.
RUN mkdir -p /var/lib/vga /run/vga && chown 65534:65534 /var/lib/vga /run/vga && chmod 700 /var/lib/vga /run/vga
USER 65534:65534
VOLUME /var/lib/vga
# Images of HAProxy have SIGUSR1, which means to the agent that its log files are to be opened again.
STOPSIGNAL SIGTERM
ENV VAMP_GATEWAY_AGENT_STATE_DIRECTORY=/var/lib/vga
# The container ends with the agent, and HAProxy with the container: so that HAProxy finishes its connections first.
ENTRYPOINT ["/usr/bin/vga", "--on-stop", "stop"]
