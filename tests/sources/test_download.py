import errno
import hashlib
import http.server
import io
import os
import threading
import zipfile
from pathlib import Path

import pytest

from ecg_synth.errors import InputError, StorageError
from ecg_synth.sources import checksums, fetch
from ecg_synth.sources.checksums import SUMS, parse_checksums, read_checksums
from ecg_synth.sources.download import ORIGIN, download_database, find_database, verify_checksums

# CONTROLS is empty in a database without healthy patients: no byte to fetch, and no range to continue.
FILES = {
    "RECORDS": b"patient001/s0010_re\n",
    "CONTROLS": b"",
    "patient001/s0010_re.hea": b"s0010_re 1 1000 2\n",
    "patient001/s0010_re.dat": bytes(range(256)) * 400,
}
DAT = "patient001/s0010_re.dat"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sums_of(files):
    return "".join(f"{sha256(content)}  {name}\n" for name, content in files.items()).encode()


def zip_of(files, top="ptb-1.0.0/"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return buffer.getvalue()


class Server:
    """A web server on 127.0.0.1 that misbehaves on request."""

    def __init__(self):
        self.files = {f"/db/{name}": content for name, content in {**FILES, SUMS: sums_of(FILES)}.items()}
        self.files["/db.zip"] = zip_of({**FILES, SUMS: sums_of(FILES)})
        self.seen = []  # (path, Range header)
        self.cuts = {}  # path: how many times to break off in the middle
        self.failures = {}  # path: statuses to answer with first
        self.honors_range = True
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.root = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def answer(self, handler):
        path, range_ = handler.path, handler.headers.get("Range")
        self.seen.append((path, range_))
        if self.failures.get(path):
            handler.send_response(self.failures[path].pop(0))
            handler.send_header("Retry-After", "0")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        content = self.files.get(path)
        if content is None:
            handler.send_error(404)
            return
        start = int(range_.removeprefix("bytes=").rstrip("-")) if range_ and self.honors_range else 0
        if start and start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        body = content[start:]
        if self.cuts.get(path, 0) > 0:
            self.cuts[path] -= 1
            handler.close_connection = True
            body = body[: len(body) // 2]
        handler.wfile.write(body)

    def ranges(self, path):
        return [range_ for seen, range_ in self.seen if seen == path]

    def download(self, out, method="files"):
        return download_database(out, f"{self.root}/db", method, f"{self.root}/db.zip")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(fetch, "BACKOFF", 0.001)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()
    server.thread.join()


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def whole(server, method="files"):
    origin = f"{server.root}/db/" if method == "files" else f"{server.root}/db.zip"
    return {**FILES, SUMS: sums_of(FILES), ORIGIN: f"{origin}\n".encode()}


both = pytest.mark.parametrize("method", ["files", "zip"])


class TestDownload:
    @both
    def test_brings_every_file_and_nothing_else(self, server, tmp_path, method):
        assert server.download(tmp_path / "a" / "ptb", method) == tmp_path / "a" / "ptb"
        assert contents(tmp_path / "a" / "ptb") == whole(server, method)
        assert verify_checksums(tmp_path / "a" / "ptb") == len(FILES)

    @pytest.mark.parametrize("second", ["files", "zip"])
    @both
    def test_second_call_fetches_nothing(self, server, tmp_path, method, second):
        server.download(tmp_path, method)
        server.seen.clear()
        server.download(tmp_path, second)
        assert server.seen == []

    @both
    def test_fetches_again_what_is_missing_or_damaged(self, server, tmp_path, method):
        server.download(tmp_path, method)
        (tmp_path / "RECORDS").write_bytes(b"damaged")
        (tmp_path / DAT).unlink()
        server.seen.clear()
        server.download(tmp_path, method)
        assert contents(tmp_path) == whole(server, method)
        assert sorted(path for path, _ in server.seen) == (
            ["/db.zip"] if method == "zip" else ["/db/RECORDS", f"/db/{DAT}"]
        )

    @both
    def test_broken_connection_is_continued_by_range(self, server, tmp_path, method):
        path = "/db.zip" if method == "zip" else f"/db/{DAT}"
        server.cuts[path] = 2
        server.download(tmp_path, method)
        assert contents(tmp_path) == whole(server, method)
        size = len(server.files[path])
        first = size // 2 // fetch._CHUNK * fetch._CHUNK
        second = first + (size - first) // 2 // fetch._CHUNK * fetch._CHUNK
        assert server.ranges(path) == [None, f"bytes={first}-", f"bytes={second}-"]

    @both
    def test_a_later_call_continues_the_partial_file(self, server, tmp_path, method):
        path = "/db.zip" if method == "zip" else f"/db/{DAT}"
        partial = tmp_path / ("db.zip.partial" if method == "zip" else f"{DAT}.partial")
        partial.parent.mkdir(exist_ok=True)
        partial.write_bytes(server.files[path][:1000])
        server.download(tmp_path, method)
        assert server.ranges(path) == ["bytes=1000-"]
        assert contents(tmp_path) == whole(server, method)

    @both
    def test_a_partial_file_that_is_complete_is_only_checked(self, server, tmp_path, method):
        path = "/db.zip" if method == "zip" else f"/db/{DAT}"
        partial = tmp_path / ("db.zip.partial" if method == "zip" else f"{DAT}.partial")
        partial.parent.mkdir(exist_ok=True)
        partial.write_bytes(server.files[path])
        server.download(tmp_path, method)
        assert server.ranges(path) == [f"bytes={len(server.files[path])}-"]
        assert contents(tmp_path) == whole(server, method)

    def test_a_partial_file_that_is_too_long_starts_over(self, server, tmp_path):
        (tmp_path / "patient001").mkdir()
        (tmp_path / f"{DAT}.partial").write_bytes(FILES[DAT] + b"more")
        server.download(tmp_path)
        assert server.ranges(f"/db/{DAT}") == [f"bytes={len(FILES[DAT]) + 4}-", None]
        assert contents(tmp_path) == whole(server)

    @both
    def test_server_without_range_starts_over(self, server, tmp_path, method):
        path = "/db.zip" if method == "zip" else f"/db/{DAT}"
        server.honors_range = False
        server.cuts[path] = 1
        server.download(tmp_path, method)
        assert len(server.ranges(path)) == 2
        assert contents(tmp_path) == whole(server, method)

    def test_server_without_range_that_always_breaks_off_ends_in_an_error(self, server, tmp_path):
        server.honors_range = False
        server.cuts[f"/db/{DAT}"] = 1000
        with pytest.raises(InputError, match=r"Connection broken: IncompleteRead"):
            server.download(tmp_path)
        assert len(server.ranges(f"/db/{DAT}")) == fetch.TRIES + 1
        assert not (tmp_path / DAT).exists()

    @both
    def test_wrong_bytes_in_the_partial_file_are_fetched_anew_once(self, server, tmp_path, method):
        path = "/db.zip" if method == "zip" else f"/db/{DAT}"
        partial = tmp_path / ("db.zip.partial" if method == "zip" else f"{DAT}.partial")
        partial.parent.mkdir(exist_ok=True)
        partial.write_bytes(b"x" * 1000)
        server.download(tmp_path, method)
        assert server.ranges(path) == ["bytes=1000-", None]
        assert contents(tmp_path) == whole(server, method)

    @both
    def test_a_wrong_byte_is_named_and_not_put_in_place(self, server, tmp_path, method):
        wrong = b"X" + FILES[DAT][1:]
        server.files[f"/db/{DAT}"] = wrong
        server.files["/db.zip"] = zip_of({**FILES, DAT: wrong, SUMS: sums_of(FILES)})
        with pytest.raises(InputError) as caught:
            server.download(tmp_path, method)
        where = f"{server.root}/db.zip: {DAT}" if method == "zip" else f"{server.root}/db/{DAT}"
        assert str(caught.value) == (
            f"{where} must have the sha256 that SHA256SUMS.txt lists. Expected: {sha256(FILES[DAT])}. "
            f"Received: sha256={sha256(wrong)}. The server sent something else, and nothing was put in its place: "
            f"run the same command again, or try the other method (files, zip)."
        )
        assert len(server.ranges("/db.zip" if method == "zip" else f"/db/{DAT}")) == 1
        assert not [name for name in contents(tmp_path) if name.startswith(DAT) or name.endswith(".partial")]
        assert (tmp_path / "RECORDS").read_bytes() == FILES["RECORDS"]

    @pytest.mark.parametrize("statuses", [[429], [500, 502], [503, 504, 500]])
    @both
    def test_busy_server_is_asked_again(self, server, tmp_path, statuses, method):
        for path in ("/db/RECORDS", f"/db/{SUMS}", "/db.zip"):
            server.failures[path] = list(statuses)
        server.download(tmp_path, method)
        assert contents(tmp_path) == whole(server, method)
        assert len(server.ranges("/db.zip" if method == "zip" else "/db/RECORDS")) == len(statuses) + 1

    @both
    def test_server_that_always_fails_ends_in_an_error(self, server, tmp_path, method):
        path = "/db.zip" if method == "zip" else f"/db/{SUMS}"
        server.failures[path] = [500] * 100
        with pytest.raises(InputError) as caught:
            server.download(tmp_path, method)
        assert str(caught.value) == (
            f"The file could not be fetched. Received: url='{server.root}{path}': HTTP 500 Internal Server Error. "
            f"Check the network and run the same command again, which goes on where it stopped; or use a local copy "
            f"with --source-dir, or make a simulated database with 'ecg-synth simulate'."
        )
        assert len(server.ranges(path)) == fetch.TRIES + 1
        assert contents(tmp_path) == {}

    @both
    def test_nobody_listening(self, server, tmp_path, method):
        server.http.shutdown()
        server.http.server_close()
        with pytest.raises(InputError, match=r"url='http://127.0.0.1:\d+/db.*': .*Connection refused.*--source-dir"):
            server.download(tmp_path, method)

    def test_file_that_the_server_does_not_have(self, server, tmp_path):
        del server.files[f"/db/{DAT}"]
        with pytest.raises(InputError, match=r"s0010_re.dat': HTTP 404 Not Found"):
            server.download(tmp_path)
        assert not (tmp_path / DAT).exists()

    def test_login_page_instead_of_the_list(self, server, tmp_path):
        server.files[f"/db/{SUMS}"] = b"<html>Please log in</html>"
        with pytest.raises(InputError, match="line 1: '<html>Please log in</html>'"):
            server.download(tmp_path)
        assert contents(tmp_path) == {}

    @pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:evil"])
    def test_path_that_leaves_the_folder_is_refused(self, server, tmp_path, name):
        out = tmp_path / "deep" / "out"
        server.files[f"/db/{SUMS}"] = sums_of({name: b"evil", **FILES})
        server.files["/evil"] = b"evil"
        with pytest.raises(InputError, match=r"must stay inside its folder"):
            server.download(out)
        assert contents(tmp_path) == {}

    @pytest.mark.parametrize("name", ["../evil", "/evil"])
    def test_zip_with_a_member_that_leaves_the_folder_is_refused(self, server, tmp_path, name):
        server.files["/db.zip"] = zip_of({**{f"top/{n}": c for n, c in FILES.items()}, name: b"evil"}, top="")
        with pytest.raises(InputError, match=r"must stay inside its folder. Received: '.*evil' in http://127.0.0.1"):
            server.download(tmp_path / "deep" / "out", "zip")
        assert contents(tmp_path) == {}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"not a zip", "must be a whole zip file"),
            (zip_of({"a": b"a"}), "in which there is no file RECORDS"),
            (zip_of({**FILES, SUMS: sums_of({**FILES, "more": b""})}), "without 'more'"),
        ],
    )
    def test_archive_that_is_no_database(self, server, tmp_path, content, message):
        server.files["/db.zip"] = content
        with pytest.raises(InputError, match=message):
            server.download(tmp_path, "zip")
        assert not (tmp_path / "db.zip.partial").exists()

    def test_archive_without_sums_takes_those_of_the_server(self, server, tmp_path):
        server.files["/db.zip"] = zip_of(FILES, top="")
        server.download(tmp_path, "zip")
        assert contents(tmp_path) == whole(server, "zip")

    @both
    def test_local_copy_is_adopted(self, server, tmp_path, method):
        for name, content in {**FILES, "my notes.txt": b"mine"}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        server.download(tmp_path, method)
        assert contents(tmp_path) == {**whole(server, method), "my notes.txt": b"mine"}
        assert not server.ranges("/db/RECORDS")

    @pytest.mark.parametrize("other", [{SUMS: sums_of({"x": b"x"}), "x": b"x"}, {"RECORDS": b"simulated\n"}])
    @both
    def test_other_database_is_left_alone(self, server, tmp_path, method, other):
        for name, content in other.items():
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="must be empty or hold this database"):
            server.download(tmp_path, method)
        assert contents(tmp_path) == other

    @both
    def test_full_disk_keeps_what_was_complete(self, server, tmp_path, method, monkeypatch):
        real = os.fsync

        def full(descriptor):
            if DAT.rpartition("/")[2] in os.readlink(f"/proc/self/fd/{descriptor}"):
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        if not Path("/proc/self/fd").exists():
            pytest.skip("needs /proc to tell the files apart")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StorageError, match=r"The disk is full: .*s0010_re.dat was not written"):
                server.download(tmp_path, method)
        assert not (tmp_path / DAT).exists()
        assert (tmp_path / "RECORDS").read_bytes() == FILES["RECORDS"]
        server.download(tmp_path, method)
        assert contents(tmp_path) == whole(server, method)

    def test_arguments(self, tmp_path):
        with pytest.raises(InputError, match="Did you mean 'files'"):
            download_database(tmp_path, method="file")
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(InputError, match="must be a folder"):
            download_database(tmp_path / "file")
        with pytest.raises(InputError, match="No connection adapters were found|Invalid URL"):
            download_database(tmp_path / "out", base_url="nowhere")

    def test_a_server_cannot_ask_for_a_long_pause(self):
        with fetch.open_session() as session:
            retry = session.get_adapter("https://physionet.org").max_retries
            assert retry.parse_retry_after("86400") == fetch.RETRY_AFTER_MAX
            assert retry.parse_retry_after("2") == 2


class TestChecksums:
    def write(self, folder, files=FILES):
        for name, content in {**files, SUMS: sums_of(files)}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)

    def test_reads_both_forms(self):
        a, b = "A" * 64, "b" * 64
        assert parse_checksums(f"{a}  ./x y\r\n\n{b} *p/z\n".encode(), "list") == {"x y": "a" * 64, "p/z": b}

    @pytest.mark.parametrize("line", ["abc  name", "a" * 64 + " name", "a" * 64 + "  ", "\\" + "a" * 64 + "  a\\nb"])
    def test_malformed_line_is_named(self, tmp_path, line):
        (tmp_path / SUMS).write_text("b" * 64 + "  fine\n" + line + "\n")
        with pytest.raises(InputError, match=r"SHA256SUMS.txt must be 64 hex.*Received: line 2: "):
            read_checksums(tmp_path / SUMS)

    @pytest.mark.parametrize("name", [b"\xff", b"../x", b"/x", b".."])
    def test_unusable_path(self, name):
        with pytest.raises(InputError, match=r"line 1"):
            parse_checksums(b"a" * 64 + b"  " + name, "list")

    def test_two_sums_for_a_file(self):
        with pytest.raises(InputError, match="line 2: another sum for 'x'"):
            parse_checksums(b"a" * 64 + b"  x\n" + b"b" * 64 + b"  ./x\n", "list")

    def test_no_list_and_empty_list(self, tmp_path):
        with pytest.raises(InputError, match="There is no list"):
            verify_checksums(tmp_path)
        (tmp_path / SUMS).write_bytes(b"\n")
        with pytest.raises(InputError, match="must name a file"):
            verify_checksums(tmp_path)

    def test_right_files_and_unlisted_ones(self, tmp_path):
        self.write(tmp_path)
        (tmp_path / "index.html").write_bytes(b"")
        assert verify_checksums(tmp_path) == len(FILES)

    def test_wrong_sum(self, tmp_path):
        self.write(tmp_path)
        (tmp_path / DAT).write_bytes(b"changed")
        with pytest.raises(InputError) as caught:
            verify_checksums(tmp_path, allow_missing=True)
        assert str(caught.value) == (
            f"{tmp_path / DAT} must have the sha256 that SHA256SUMS.txt lists. Expected: {sha256(FILES[DAT])}. "
            f"Received: sha256={sha256(b'changed')}. The file is damaged or was changed: delete it and fetch it again "
            f"with 'ecg-synth download'."
        )

    def test_missing_file(self, tmp_path):
        self.write(tmp_path)
        (tmp_path / DAT).unlink()
        with pytest.raises(InputError, match=f"Received: no file '{DAT}'"):
            verify_checksums(tmp_path)
        assert verify_checksums(tmp_path, allow_missing=True) == len(FILES) - 1

    def test_a_folder_with_none_of_the_files_is_not_verified(self, tmp_path):
        (tmp_path / SUMS).write_bytes(sums_of(FILES))
        with pytest.raises(InputError, match="and 3 more"):
            verify_checksums(tmp_path, allow_missing=True)

    def test_progress_bar(self, tmp_path, capsys):
        self.write(tmp_path)
        verify_checksums(tmp_path, progress=False)
        assert capsys.readouterr().err == ""
        verify_checksums(tmp_path, progress=True)
        assert "4/4" in capsys.readouterr().err

    def test_real_files(self, ptbdb):
        assert verify_checksums(ptbdb, "SHA256SUMS.local.txt") > 16

    def test_find_database(self, tmp_path):
        (tmp_path / "ptb-1.0.0" / "full_index").mkdir(parents=True)
        (tmp_path / "ptb-1.0.0" / "full_index" / "RECORDS").touch()
        (tmp_path / "ptb-1.0.0" / "RECORDS").touch()
        assert find_database(tmp_path) == find_database(tmp_path / "ptb-1.0.0") == tmp_path / "ptb-1.0.0"
        with pytest.raises(InputError, match="must hold the file RECORDS"):
            find_database(tmp_path / "nowhere")


def test_sums_are_those_of_hashlib(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert checksums.sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
