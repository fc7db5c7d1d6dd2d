from __future__ import annotations

import pytest

from banyan.core.database.server_settings import buffer_megabytes, size_of

GIGABYTE = 1024**3


@pytest.mark.parametrize(
    ("data", "memory", "megabytes"),
    [
        (0, 16 * GIGABYTE, 128),
        (1 * GIGABYTE, 16 * GIGABYTE, 512),
        (6 * GIGABYTE, 16 * GIGABYTE, 3072),
        (50 * GIGABYTE, 8 * GIGABYTE, 2048),
        (50 * GIGABYTE, 256 * GIGABYTE, 4096),
        (50 * GIGABYTE, GIGABYTE // 4, 128),
    ],
)
def test_cache_of_the_server_grows_with_the_data_up_to_a_quarter_of_the_memory(data, memory, megabytes):
    assert buffer_megabytes(data, memory) == megabytes


def test_size_of_a_folder_counts_all_files_below_it(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 10)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"x" * 5)

    assert size_of(tmp_path) >= 15
