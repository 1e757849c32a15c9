"""The images of servers and connectors, made on this machine where no registry is reachable.

Modules:
    builder: Makes images, or has them pulled.
    connectors: Those of Airbyte connectors.
    interpreter: This very interpreter, for images.
    minio: That of MinIO.
    minioprogram: MinIO's server from its source.
    names: The images that the harness asks for, as testcontainers and job files name them.
    postgres: That of Postgres.
    recipe: How an image is made.
    recipes: Every recipe, by its name.
    steps: What a recipe is made of.
"""
