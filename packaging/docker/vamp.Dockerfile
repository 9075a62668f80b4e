# The server, its embedded agent and their HAProxy in one container. Built in a directory that has the program `vamp`:
#   docker build -f packaging/docker/vamp.Dockerfile -t vamp target/release
# BASE is any image of glibc 2.36 or newer with HAProxy 2.4 or newer in its PATH; `serve --agent off` needs no HAProxy.
ARG BASE=haproxy:3.0-bookworm
FROM ${BASE}
COPY vamp /usr/bin/vamp
USER root
# The server finds /run/vamp by itself, because its user owns it.
RUN mkdir -p /var/lib/vamp /run/vamp && chown 65534:65534 /var/lib/vamp /run/vamp && chmod 700 /var/lib/vamp /run/vamp
USER 65534:65534
VOLUME /var/lib/vamp
# Images of HAProxy have SIGUSR1, which means to the server that its log files are to be opened again.
STOPSIGNAL SIGTERM
# The container ends with the server, and HAProxy with the container: so that HAProxy finishes its connections first.
ENV VAMP_STATE_DIRECTORY=/var/lib/vamp \
    VAMP_GATEWAY_AGENT_ON_STOP=stop
# No port is exposed: the API listens within the container alone until it is told to do more.
ENTRYPOINT ["/usr/bin/vamp"]
CMD ["serve"]
