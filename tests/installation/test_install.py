"""Installing puts every file where it is looked for, changes no other file, and can be undone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MAIN, TOP, run

from pass_aws.errors import FAILED
from pass_aws.installation import install, install_targets, installed, pass_program, self_check

STOCK = Path(shutil.which("pass") or "pass").read_text()
NIX_SHELL = """#! /nix/store/aaa-bash-5.2/bin/bash -e
PATH=${PATH:+':'$PATH':'}
exec -a "$0" "FOLDER/.pass-wrapped"  "$@"
"""
NIX_BINARY = "\x7fELF\0\0junk\0/nix/store/x/lib\0FOLDER/.pass-wrapped\0--inherit-argv0\0"


def tree(root: Path) -> dict[str, bytes]:
    """Every path below a directory, with its content."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b"" for path in root.rglob("*")
    }


# Targets.

BASH, ZSH, FISH = "bash_completion.d/pass-aws", "_pass-aws", "pass-aws.fish"
SYSTEMS = {
    "Debian, /usr/local": (
        ("/usr/local", False, True),
        ("/etc/" + BASH, "/usr/local/share/zsh/site-functions/" + ZSH, "/etc/fish/conf.d/" + FISH),
    ),
    "Debian, /usr": (
        ("/usr", False, True),
        ("/etc/" + BASH, "/usr/share/zsh/vendor-completions/" + ZSH, "/usr/share/fish/vendor_conf.d/" + FISH),
    ),
    "Arch and Fedora, /usr": (
        ("/usr", False, False),
        ("/etc/" + BASH, "/usr/share/zsh/site-functions/" + ZSH, "/usr/share/fish/vendor_conf.d/" + FISH),
    ),
    "Homebrew": (
        ("/opt/homebrew", True, False),
        (
            "/opt/homebrew/etc/" + BASH,
            "/opt/homebrew/share/zsh/site-functions/" + ZSH,
            "/opt/homebrew/share/fish/vendor_conf.d/" + FISH,
        ),
    ),
    "Homebrew on Intel": (
        ("/usr/local", True, False),
        (
            "/usr/local/etc/" + BASH,
            "/usr/local/share/zsh/site-functions/" + ZSH,
            "/usr/local/share/fish/vendor_conf.d/" + FISH,
        ),
    ),
}


SYSTEM_WIDE = {file for _, files in SYSTEMS.values() for file in files}


@pytest.mark.parametrize("name", SYSTEMS)
def test_completions_are_where_each_system_looks(name: str) -> None:
    """Debian's zsh does not read site-functions below /usr, its fish nothing below /usr/local."""
    (prefix, homebrew, debian), expected = SYSTEMS[name]
    parts = install_targets.system(prefix, "/ext", homebrew=homebrew, debian=debian)
    targets = {part.source: part.target for part in parts}
    assert (
        targets[install_targets.BASH],
        targets[install_targets.ZSH],
        targets[install_targets.FISH],
    ) == expected
    assert targets[install_targets.EXTENSION] == "/ext/aws.bash"
    assert targets[install_targets.MAN] == f"{prefix}/share/man/man1/pass-aws.1"


def test_the_files_of_a_user_are_in_the_home_and_not_in_the_store() -> None:
    """XDG directories are used if they are absolute; a synced store must not bring code."""
    env = {"HOME": "/h", "XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "rel", "PASSWORD_STORE_DIR": "/s"}
    targets = {part.source: part.target for part in install_targets.user(env, ["bash", "fish"])}
    assert targets == {
        install_targets.EXTENSION: "/d/pass-aws/extensions/aws.bash",
        install_targets.MAN: "/h/.local/share/man/man1/pass-aws.1",
        install_targets.BASH: "/d/pass-aws/completions/pass-aws.bash",
        install_targets.FISH: "/h/.config/fish/conf.d/pass-aws.fish",
    }
    assert install_targets.data_home({"HOME": "/h", "XDG_DATA_HOME": "rel"}) == "/h/.local/share"


@pytest.mark.parametrize("wrapper", [NIX_SHELL, NIX_BINARY], ids=["shell", "binary"])
def test_the_extension_directory_is_read_from_pass(tmp_path: Path, wrapper: str) -> None:
    """The directory that pass was installed with is found, also behind a wrapper of Nix."""
    (tmp_path / "real").mkdir()
    inner = tmp_path / "real" / ".pass-wrapped"
    inner.write_text(STOCK.replace("/usr/lib/password-store/extensions", "/nix/ext"))
    (tmp_path / "pass").write_text(wrapper.replace("FOLDER", str(inner.parent)))
    (tmp_path / "pass").chmod(0o755)
    assert pass_program.extension_dir({"PATH": str(tmp_path)}) == "/nix/ext"


@pytest.mark.parametrize("value", ["", "${SYSTEM_EXTENSION_DIR:-}"], ids=["checkout", "variable"])
def test_an_unknown_extension_directory_is_not_guessed(tmp_path: Path, value: str) -> None:
    """A wrong directory would look like a missing password entry, so the caller must name it."""
    program = tmp_path / "pass"
    program.write_text(STOCK.replace("/usr/lib/password-store/extensions", value))
    program.chmod(0o755)
    done = run("install", "--prefix", f"{tmp_path}/usr", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert (done.returncode, done.stderr.count("\n")) == (1, 2)
    assert "EXTENSION_DIR=" in done.stderr
    assert not (tmp_path / "usr").exists()


def test_paths_with_special_characters() -> None:
    """The paths in the extension and in the wrapper are read back exactly, whatever their characters."""
    core = install_targets.Core("/o'dd $HOME/`x`\\\\1/python", '/b "c"\\g<0>/__main__.py')
    extension = install_targets.baked((TOP / install_targets.EXTENSION).read_text(), core)
    line = next(line for line in extension.splitlines() if line.startswith("pass_aws_core=("))
    asked = ["bash", "-c", line + '\nprintf "%s\\0" "${pass_aws_core[@]}"']
    words = subprocess.run(asked, check=True, capture_output=True).stdout
    assert words.decode().split("\0")[:-1] == [core.python, "-I", "-S", core.main]
    shown = install_targets.wrapper(core).replace("exec ", "printf '%s\\0' ")
    words = subprocess.run(["sh", "-c", shown, "sh", "a b"], check=True, capture_output=True).stdout
    assert words.decode().split("\0")[:-1] == [core.python, "-I", "-S", core.main, "a b"]


def test_the_program_is_the_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is the same text as the extension; only without bash it is a wrapper for Python."""
    core = install_targets.Core(sys.executable, str(MAIN))
    program, extension = (str(tmp_path / name) for name in ("pass-aws", "aws.bash"))
    parts = (install_targets.Part(install_targets.EXTENSION, extension, 0o755),)
    whole = install.Installation(core, parts, str(tmp_path / "installed"), program)
    found = {file.path: file for file in install.planned(whole)}
    assert found[program].content == found[extension].content
    assert found[program].mode == found[extension].mode == 0o755
    monkeypatch.setattr(install_targets, "INTERPRETER", "/proc/nonexistent/bash")  # this machine has bash
    found = {file.path: file for file in install.planned(whole)}
    assert found[program].content == install_targets.wrapper(core).encode()


# The list of our files.


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty directory."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def file(path: Path, content: str = "x", mode: int = 0o644) -> installed.File:
    return installed.File(str(path), content.encode(), mode)


def test_install_and_uninstall_leave_nothing(root: Path) -> None:
    """Existing directories are kept, new ones are removed; two installs are like one."""
    (root / "there").mkdir()
    before = tree(root)
    ours = installed.Installed(f"{root}/new/list")
    files = [file(root / "there" / "a"), file(root / "new" / "deep" / "b", "y", 0o755)]
    old = os.umask(0o077)
    try:
        ours.place(files)
        once = tree(root)
        ours.place(files)
    finally:
        os.umask(old)
    assert tree(root) == once
    assert [oct(Path(one.path).stat().st_mode & 0o777) for one in files] == ["0o644", "0o755"]
    assert oct((root / "new" / "deep").stat().st_mode & 0o777) == "0o755"
    assert ours.remove().kept == []
    assert tree(root) == before


def test_a_file_of_another_program_is_not_replaced(root: Path) -> None:
    """A file that is not in the list belongs to another program; so does a link or a directory."""
    (root / "text").write_text("mine")
    (root / "link").symlink_to("nowhere")
    (root / "folder").mkdir()
    (root / "same").write_text("x")
    names = ("text", "link", "folder", "same", "free")
    ours = installed.Installed(f"{root}/list")
    assert ours.foreign([file(root / name) for name in names]) == [f"{root}/{name}" for name in names[:3]]


def test_a_changed_file_is_kept(root: Path) -> None:
    """A changed file is neither replaced by the next install nor removed, and is reported."""
    ours = installed.Installed(f"{root}/list")
    ours.place([file(root / "a"), file(root / "b")])
    (root / "a").write_text("changed by hand")
    assert ours.foreign([file(root / "a", "newer")]) == [f"{root}/a"]
    assert ours.remove().kept == [f"{root}/a"]
    assert sorted(path.name for path in root.iterdir()) == ["a"]


def test_an_upgrade_removes_old_files(root: Path) -> None:
    """A file that moved in a new version is removed from its old place."""
    ours = installed.Installed(f"{root}/list")
    ours.place([file(root / "old"), file(root / "kept", "1")])
    ours.place([file(root / "new"), file(root / "kept", "2")])
    assert sorted(path.name for path in root.iterdir()) == ["kept", "list", "new"]
    assert ours.remove().kept == []


def test_an_interrupted_install_can_be_repeated(root: Path) -> None:
    """The list has all files before the first is written, so none looks like another program's."""
    ours = installed.Installed(f"{root}/list")
    ours.place([file(root / "a", "1"), file(root / "b", "1")])
    (root / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        ours.place([file(root / "a", "2"), file(root / "folder"), file(root / "b", "2")])
    assert [(root / name).read_text() for name in "ab"] == ["2", "1"]
    new = [file(root / "a", "3"), file(root / "b", "3")]
    assert ours.foreign(new) == []
    ours.place(new)
    assert ours.remove().kept == []


def test_the_list_can_be_checked_with_sha256sum(root: Path) -> None:
    """The list of installed files has the format of sha256sum."""
    installed.Installed(f"{root}/list").place([file(root / "a b", "1")])
    asked = ["sha256sum", "--check", f"{root}/list"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    assert done.stdout == f"{root}/a b: OK\n"


@pytest.mark.parametrize("old", [None, "", "a\n", "a", "a\r\n\xffb"])
def test_a_line_in_a_file_of_the_user_is_added_and_removed(root: Path, old: str | None) -> None:
    """Every other byte, a link and the mode are kept; a last line without its end gets one."""
    real = root / "dotfiles"
    if old is not None:
        real.write_bytes(old.encode("latin-1"))
        real.chmod(0o600)
    link = root / ".bash_completion"
    link.symlink_to(real)
    installed.append_line(str(link), "ours")
    installed.append_line(str(link), "ours")
    assert real.read_bytes().count(b"ours\n") == 1
    assert link.is_symlink()
    installed.remove_line(str(link), "ours")
    left = real.read_bytes().decode("latin-1") if real.exists() else ""
    assert left == (old + "\n" if old and not old.endswith("\n") else old or "")
    if old:
        assert oct(real.stat().st_mode & 0o777) == "0o600"


# A user's own installation, with the real pass.

DATA = ".local/share/pass-aws"
EXPORTS = ("PASSWORD_STORE_ENABLE_EXTENSIONS", "PASSWORD_STORE_EXTENSIONS_DIR")


def by_the_output(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The exports that `install --user` printed, as a shell reads them."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("    export ")]
    shown = "; ".join(f'printf "%s\\n" "${name}"' for name in EXPORTS)
    asked = ["sh", "-c", "\n".join([*lines, shown])]
    values = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    return dict(zip(EXPORTS, values, strict=True))


def test_a_user_install_makes_pass_aws_work(home: Path, store: Path) -> None:
    """With the two exports that it prints, the real pass finds the extension; the store is not changed."""
    before = tree(store)
    done = run("install", "--user")
    assert (done.returncode, done.stderr) == (0, "")
    assert "`pass aws version` answers" in done.stdout
    env = {**os.environ, **by_the_output(done)}
    asked = subprocess.run(["pass", "aws", "version"], env=env, check=True, capture_output=True, text=True)
    assert asked.stdout == run("version").stdout
    assert tree(store) == before
    assert (home / DATA / "extensions" / "aws.bash").stat().st_mode & 0o777 == 0o755


def test_a_user_uninstall(home: Path, store: Path) -> None:
    """Two installs are like one, and after the uninstall the home directory is unchanged."""
    assert store.is_dir()
    (home / ".bash_completion").write_text("# mine\n")
    before = tree(home)
    run("install", "--user")
    once = tree(home)
    done = run("install", "--user")
    assert (done.returncode, tree(home)) == (0, once)
    assert once != before
    assert run("uninstall", "--user").returncode == 0
    assert tree(home) == before
    (told,) = run("uninstall", "--user").stdout.splitlines()
    assert told.startswith(f"nothing to remove: {home}/")


def test_a_user_install_changes_no_file_of_another_program(home: Path) -> None:
    """The error says which file is in the way, and nothing was written."""
    foreign = home / ".local" / "share" / "man" / "man1" / "pass-aws.1"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("somebody's page")
    before = tree(home)
    done = run("install", "--user")
    assert done.returncode == 1
    assert str(foreign) in done.stderr.splitlines()[0]
    assert tree(home) == before
    assert run("uninstall", "--user").returncode == 0
    assert tree(home) == before


def test_a_user_install_reports_other_requirements(home: Path, store: Path) -> None:
    """A message names extensions that pass would no longer find, and a signature that it requires."""
    (store / ".extensions").mkdir()
    (store / ".extensions" / "otp.bash").write_text("")
    done = run(
        "install", "--user", PASSWORD_STORE_ENABLE_EXTENSIONS="true", PASSWORD_STORE_SIGNING_KEY="0" * 40
    )
    assert f"ln -s {store}/.extensions/otp.bash {home}/{DATA}/extensions" in done.stdout
    assert f"gpg --detach-sign {home}/{DATA}/extensions/aws.bash" in done.stdout


def test_an_install_that_pass_does_not_see_fails(home: Path, tmp_path: Path) -> None:
    """The files are installed, but pass does not find them: an error whose hint names the directory."""
    deaf = tmp_path / "bin"
    deaf.mkdir()
    (deaf / "pass").write_text(STOCK.replace("PASSWORD_STORE_ENABLE_EXTENSIONS", "NOBODY_SETS_THIS"))
    (deaf / "pass").chmod(0o755)
    done = run("install", "--user", PATH=f"{deaf}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert f"{home}/{DATA}/extensions" in done.stderr.splitlines()[1]


def test_an_install_without_pass(home: Path, tmp_path: Path) -> None:
    """The files are installed for a later installation of pass; until then the other name works."""
    done = run("install", "--user", PATH=str(tmp_path))
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[1]
        == "pass aws: hint: pass is not on PATH: install pass, or run pass-aws instead"
    )
    assert (home / DATA / "extensions" / "aws.bash").exists()


def test_a_user_install_adds_a_missing_program(home: Path, store: Path) -> None:
    """From a venv that is not on PATH, the program is added; it starts isolated, and can be removed."""
    assert store.is_dir()
    path = os.environ["PATH"].partition(":")[2]
    assert shutil.which("pass-aws", path=path) is None
    program = home / ".local" / "bin" / "pass-aws"
    for _ in range(2):
        done = run("install", "--user", PATH=path)
        assert (done.returncode, f'export PATH={program.parent}:"$PATH"' in done.stdout) == (0, True)
    asked = [str(program), "version"]
    answer = subprocess.run(asked, env={"HOME": str(home)}, check=True, capture_output=True, text=True)
    assert answer.stdout == run("version").stdout
    assert " -I -S " in program.read_text()
    run("uninstall", "--user", PATH=path)
    assert not program.exists()


def test_a_program_of_pipx_that_is_not_on_path_yet(home: Path, store: Path) -> None:
    """Before `pipx ensurepath` and a new shell, the lines to copy include one for PATH."""
    assert store.is_dir()
    program = home / ".local" / "bin" / "pass-aws"
    program.parent.mkdir(parents=True)
    (home / "venv").write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {MAIN} "$@"\n')
    (home / "venv").chmod(0o755)
    program.symlink_to(home / "venv")
    done = run("install", "--user", PATH=os.environ["PATH"].partition(":")[2])
    assert (done.returncode, done.stderr) == (0, "")
    assert f'    export PATH={program.parent}:"$PATH"' in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "with these lines, `pass aws version` answers"
    assert program.is_symlink()


def test_a_user_install_reports_a_line_in_a_file_of_the_user(home: Path, store: Path) -> None:
    """`~/.bash_completion` is the user's own file: it is listed, also when the line is removed."""
    assert store.is_dir()
    assert f"{home}/.bash_completion (one line)" in run("install", "--user").stdout.splitlines()
    removed = run("uninstall", "--user").stdout.splitlines()
    assert f"removed {home}/.bash_completion (one line)" in removed
    assert f"removed {home}/{DATA}/extensions/aws.bash" in removed


def test_an_uninstall_names_lines_in_startup_files(home: Path) -> None:
    """Only the user knows whether another extension needs such a line; a comment does not count."""
    lines = [*(f"export {name}=x" for name in EXPORTS), 'eval "$(pass-aws init bash)"']
    (home / ".bashrc").write_text("\n".join(["# pass-aws", "alias ll=ls", *lines, ""]))
    (home / ".profile").mkdir()
    told = run("uninstall", "--user").stdout.splitlines()
    assert told[0].startswith("nothing to remove: ")
    assert told[1].startswith("still in startup files")
    assert told[2:] == [f"    {home}/.bashrc:{number}: {line}" for number, line in enumerate(lines, 3)]


def test_a_dry_run_only_names_the_paths(home: Path, tmp_path: Path) -> None:
    """A dry run names exactly the files that the install then writes."""
    words = ("install", "--prefix", f"{tmp_path}/usr", "--extension-dir", f"{tmp_path}/ext")
    named = run(*words, "--dry-run").stdout.splitlines()
    assert f"{tmp_path}/ext/aws.bash" in named
    assert not (tmp_path / "usr").exists()
    assert not (tmp_path / "ext").exists()
    assert run(*words, "--destdir", f"{tmp_path}/d").stdout.splitlines() == named


def test_a_program_that_sudo_does_not_find(home: Path, tmp_path: Path) -> None:
    """sudo's `secure_path` may lack PREFIX/bin, which is on the PATH of users."""
    core = install_targets.Core(sys.executable, "/main.py")
    made = install.for_system(f"{tmp_path}/usr", {}, core, extension_dir="/ext")
    env = self_check.surroundings(made, {"PATH": "/usr/sbin:/usr/bin"}, str(home))
    assert env["PATH"] == f"{tmp_path}/usr/bin:/usr/sbin:/usr/bin"


def test_an_install_names_shells_that_do_not_read_their_completion(home: Path, tmp_path: Path) -> None:
    """No shell looks for completions below such a prefix, so each is named, with the file and a hint."""
    assert home.is_dir()
    if any(os.path.exists(file) for file in SYSTEM_WIDE):
        pytest.skip("pass aws is installed for this whole system")
    extensions, usr = f"{tmp_path}/ext", f"{tmp_path}/usr"
    words = ("install", "--prefix", usr, "--extension-dir", extensions)
    done = run(*words, PASSWORD_STORE_ENABLE_EXTENSIONS="true", PASSWORD_STORE_EXTENSIONS_DIR=extensions)
    assert done.returncode == 0, done.stderr
    told = [line.removeprefix("pass aws: warning: a new ") for line in done.stderr.splitlines()]
    assert [line.partition(" does not complete `pass aws`; ")[0] for line in told] == ["bash", "zsh", "fish"]
    assert told[0].endswith(f". {usr}/etc/bash_completion.d/pass-aws")
    assert told[1].endswith(f"fpath=({usr}/share/zsh/site-functions $fpath)")
    assert told[2].endswith(f"{usr}/share/fish/vendor_conf.d/pass-aws.fish")


def test_a_missing_destdir_is_created(tmp_path: Path) -> None:
    """Pass is not needed for it, and nothing outside of DESTDIR is changed."""
    words = ("--prefix", "/usr", "--destdir", f"{tmp_path}/a/b")
    done = run("install", *words, PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    placed = done.stdout.splitlines()
    assert "/usr/lib/password-store/extensions/aws.bash" in placed
    assert all((tmp_path / "a" / "b" / path.lstrip("/")).is_file() for path in placed)
    assert run("uninstall", *words).returncode == 0
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_user_install_that_may_not_write_names_the_directory(home: Path) -> None:
    """Not the command that has just failed. A file where the directory should be stops root, too."""
    (home / ".local").write_text("")
    done = run("install", "--user")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1].startswith(f"pass aws: hint: check who owns it: ls -ld {home}")


def test_a_user_install_without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user install without HOME is an error; `/` is not used instead."""
    monkeypatch.delenv("HOME")
    done = run("install", "--user")
    assert done.returncode == 1
    assert "HOME is not set" in done.stderr


def test_an_install_without_permission(tmp_path: Path) -> None:
    """The hint has the command as root and the command for one user."""
    (tmp_path / "usr").write_text("no folder")
    done = run("install", "--prefix", f"{tmp_path}/usr", "--extension-dir", f"{tmp_path}/ext")
    assert done.returncode == 1
    assert "sudo make install" in done.stderr
    assert "pass-aws install --user" in done.stderr


def test_an_uninstall_without_permission(tmp_path: Path) -> None:
    """The hint repeats the requested command."""
    (tmp_path / "usr/share/pass-aws/installed").mkdir(parents=True)  # its list cannot be read
    done = run("uninstall", "--prefix", f"{tmp_path}/usr")
    assert done.returncode == FAILED
    assert "sudo make uninstall" in done.stderr
    assert "pass-aws uninstall --user" in done.stderr
