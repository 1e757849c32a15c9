"""The main loop by hand: any reader, a contract, any writer, one commit.

`headrace.execute_job` does the same and adds progress and a report.
"""

import sys

from headrace import SchemaValidator, create_committer, create_extractor, create_writer


def main(job_config: str, asset_definition: str) -> None:
    """Run a job.

    Args:
        job_config: Path of a job file.
        asset_definition: Path of its contract.
    """
    state_manager = None
    all_files = []
    file_counter = 0

    extractor = create_extractor(job_config)  # any reader
    validator = SchemaValidator(asset_definition)  # a contract
    writer = create_writer(job_config)  # any writer
    committer = create_committer(job_config, writer)
    for batch_records in extractor.extract(state_manager):
        valid_records, errors = validator.validate_batch(batch_records)
        if valid_records:
            file_metadata = writer.write_batch(valid_records, file_counter)
            all_files.extend(file_metadata)
            file_counter += len(file_metadata)
    committer.commit_files(all_files)


if __name__ == "__main__":
    main(*sys.argv[1:])
