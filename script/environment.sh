# Sourced by the scripts beside it: finds a Python, makes virtual environments, installs hashed requirements once.

# find_python VERSION...: print the first that runs here, or fail.
find_python() {
    local version
    for version in "$@"; do
        if "python$version" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "python$version"
            return
        fi
    done
    return 1
}

# environment NAME PYTHON: make .venv-NAME with script/requirements/NAME.txt in it, unless that has been done.
environment() {
    local folder=".venv-$1" python="$2" requirements="script/requirements/$1.txt"
    if ! cmp -s "$requirements" "$folder/installed.txt"; then
        echo "installing $requirements into $folder (this once)" >&2
        "$python" -m venv --clear "$folder" || {
            echo "error: $python cannot make a virtual environment: sudo apt install python3-venv" >&2
            return 1
        }
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements" >&2 || {
            echo "error: installing $requirements failed: is the network there, and the disk not full?" >&2
            return 1
        }
        cp "$requirements" "$folder/installed.txt"
    fi
}
