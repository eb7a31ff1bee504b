FROM python:3.11-slim

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
RUN pip install --no-cache-dir --no-deps . \
    && useradd --system --uid 10001 --home-dir /data sitrep \
    && install -d -o sitrep /data

# The default database is a SQLite file in the working directory, so one volume holds everything worth keeping.
USER sitrep
WORKDIR /data
VOLUME /data
ENTRYPOINT ["sitrep"]
CMD ["run"]
