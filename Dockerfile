# Everything of smoke_pipeline in one image; what a container of it does is its command: docs/deployment.md.
FROM python:3.11-slim-bookworm AS build

ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
COPY . .
# [k8s] where runs are to be pods of their own.
ARG EXTRAS=""
RUN uv venv /opt/smoke_pipeline \
    && uv pip install --no-cache --python /opt/smoke_pipeline/bin/python --constraint constraints.txt ".${EXTRAS}"

FROM python:3.11-slim-bookworm

RUN groupadd --gid 10001 smoke \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/smoke_pipeline \
        --shell /usr/sbin/nologin smoke \
    && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/smoke_pipeline
COPY --from=build /opt/smoke_pipeline /opt/smoke_pipeline

ENV PATH=/opt/smoke_pipeline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SMOKE_DATA_DIR=/var/lib/smoke_pipeline \
    SMOKE_LOGGING__FORMAT=json \
    SMOKE_LOGGING__LEVEL=info
USER 10001:10001
WORKDIR /var/lib/smoke_pipeline
VOLUME /var/lib/smoke_pipeline
EXPOSE 3000 3001 8200
# As `smoke up` ends its parts.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=30s --timeout=20s --start-period=90s --retries=3 \
    CMD ["smoke", "serve", "webserver", "--check"]
ENTRYPOINT ["smoke"]
CMD ["serve", "webserver"]
