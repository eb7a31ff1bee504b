# Sitrep in one container: everything from the lock, nobody's account, one volume. `docker build -t sitrep .`
# To build from exactly the same base again: --build-arg PYTHON_IMAGE=python@sha256:…
ARG PYTHON_IMAGE=python:3.11-slim

# ------------------------------------------------------------------------------------------------------------- build
FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore SOURCE_DATE_EPOCH=315532800
WORKDIR /src

COPY requirements.txt ./
RUN python -m venv --without-pip /opt/sitrep \
    && pip --python /opt/sitrep/bin/python install --no-compile --require-hashes -r requirements.txt

# What builds the project comes from the lock too; pip refuses when one of them needs something that is not named here.
COPY requirements-dev.txt ./
RUN sed -n '/^\(hatchling\|packaging\|pathspec\|pluggy\|tomlkit\|trove-classifiers\)==/,/[^\\]$/p' requirements-dev.txt > build.txt \
    && pip install --require-hashes -r build.txt

COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY bot bot
COPY templates templates
COPY migrations migrations
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /opt/sitrep/bin/python install --no-compile --no-deps dist/sitrep-*.whl \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/sitrep/lib

# --------------------------------------------------------------------------------------------------------------- run
FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Sitrep" \
      org.opencontainers.image.description="A Slack bot that runs a team's written incident protocol against the clock." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 sitrep \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin sitrep \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/sitrep /opt/sitrep

# HOST: a container is reached from outside itself, so the bot listens on all of its addresses.
ENV PATH=/opt/sitrep/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=3000
EXPOSE 3000

# The default database is a SQLite file in the working directory, so one volume holds everything worth keeping.
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", "import http.client, os, sys; bot = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); bot.request('GET', '/healthz'); sys.exit(bot.getresponse().status != 200)"]

# The bot ends by itself on SIGTERM, so it may be the container's first process.
ENTRYPOINT ["sitrep"]
CMD ["run"]
