"""What every layer stands on: records, images, traces, statistics, files, shapes, errors, seeds."""
