# docker build -t attune .
# docker run --rm -v attune-data:/data attune keys add me
# docker run --rm -p 127.0.0.1:8000:8000 -v attune-data:/data -v attune-cache:/cache attune
#
# A container is reached from outside of it, so the server starts only once there is a key. It speaks no TLS: publish the
# port to the loopback address, or put a proxy with TLS in front (docs/access.md).

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/attune
COPY pyproject.toml README.md LICENSE ./
COPY perception ./perception
COPY personas ./personas
COPY memory ./memory
COPY agent ./agent
COPY evals ./evals
COPY api ./api
RUN /opt/attune/bin/pip install ".[local]"

FROM python:3.11-slim
# llama.cpp's wheel brings everything but the OpenMP library
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home attune \
    && install --directory --owner=attune --group=attune /data /cache
COPY --from=build /opt/attune /opt/attune
# idle OpenMP threads would otherwise spin, and starve the senses; compiled kernels need a folder they may write to
ENV PATH=/opt/attune/bin:$PATH \
    ATTUNE_DATA_DIR=/data \
    XDG_CACHE_HOME=/cache \
    NUMBA_CACHE_DIR=/cache/numba \
    OMP_WAIT_POLICY=PASSIVE \
    GOMP_SPINCOUNT=0 \
    PYTHONUNBUFFERED=1
USER attune
WORKDIR /data
VOLUME ["/data", "/cache"]
EXPOSE 8000
# the first start may fetch a chat model of 1.1 GB before it serves
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["attune"]
CMD ["serve", "--host", "0.0.0.0", "--yes"]
