#!/bin/sh
# Installs Muntra: one executable, `muntra`, and nothing else.
#
#   curl -fsSL https://raw.githubusercontent.com/Tdude/muntra/main/install.sh | sh
#   sh install.sh --from ./muntra-linux-x64
#
# It says what it is going to do, verifies the SHA-256, tries whether the executable runs here, and then puts it in its
# place in one step, over an older one too. Settings, data and the service are not touched.
set -eu

releases=${MUNTRA_RELEASES:-https://github.com/Tdude/muntra/releases}

usage() {
  cat <<END
Usage: sh install.sh [options]

  --version X.Y.Z   that release (default: the latest)
  --from FILE       an executable that is here already, its SHA-256 in FILE.sha256
  --sha256 HEX      the SHA-256 that it must have
  --to DIRECTORY    default: /usr/local/bin where this user may write there, else ~/.local/bin
  --uninstall       remove the executable
  --help            print this

MUNTRA_RELEASES names a mirror of $releases.
END
}

fail() {
  echo "Error: $1" >&2
  echo "Try:   $2" >&2
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1
}

main() {
  version='' from='' sha256='' to='' uninstall=''
  while [ $# -gt 0 ]; do
    case $1 in
      --uninstall) uninstall=yes ;;
      --help | -h) usage && exit 0 ;;
      --version | --from | --sha256 | --to)
        [ $# -ge 2 ] || fail "$1 needs a value" 'sh install.sh --help'
        case $1 in
          --version) version=${2#v} ;;
          --from) from=$2 ;;
          --sha256) sha256=$2 ;;
          --to) to=$2 ;;
        esac
        shift
        ;;
      *) fail "there is no option $1" 'sh install.sh --help' ;;
    esac
    shift
  done
  [ -n "$to" ] || to=$(default_directory)
  if [ -n "$uninstall" ]; then uninstall; else install; fi
}

default_directory() {
  if [ -w /usr/local/bin ]; then
    echo /usr/local/bin
  else
    echo "${HOME:?is not set: name a directory with --to}/.local/bin"
  fi
}

install() {
  # What an end, however it comes, takes away.
  work=$(mktemp -d)
  new=$to/.muntra.new.$$
  trap 'rm -rf "$work" "$new"' EXIT
  trap 'exit 130' INT TERM

  target=$(platform)
  if [ -n "$from" ]; then
    [ -f "$from" ] || fail "there is no file $from" 'sh install.sh --help'
    source=$from
  else
    source=$releases/$(release)/muntra-$target.gz
  fi
  old=''
  [ ! -x "$to/muntra" ] || old=$("$to/muntra" --version 2>/dev/null || echo 'another one')
  echo "Muntra for $target"
  echo "  from  $source"
  echo "  to    $to/muntra${old:+, in the place of $old}"

  fetch
  verify
  [ -d "$to" ] || mkdir -p "$to" || fail "$to cannot be made" 'name another directory with --to'
  case $file in
    *.gz) gzip -dc "$file" >"$new" ;;
    *) cp "$file" "$new" ;;
  esac || fail "$to cannot be written" 'run it with sudo, or name another directory with --to'
  chmod 755 "$new"
  runs=$("$new" --version 2>&1) || fail "it does not run on this machine: $runs" 'docs/docker.md has another way'
  mv -f "$new" "$to/muntra"
  echo "Installed $runs"
  next
}

# As the releases name it; fails where there is none.
platform() {
  case $(uname -s) in
    Linux) system=linux && check_libc ;;
    Darwin) system=macos ;;
    *) fail "there is no executable for $(uname -s)" 'docs/docker.md has another way' ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) echo "$system-x64" ;;
    aarch64 | arm64) echo "$system-arm64" ;;
    *) fail "there is no executable for $(uname -m)" 'docs/docker.md has another way' ;;
  esac
}

# Node, inside the executable, is linked against glibc 2.28 or newer.
check_libc() {
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || fail 'this system has no glibc (Alpine has musl)' 'docs/docker.md has another way'
  minor=${libc#glibc 2.}
  [ "${minor%%[!0-9]*}" -ge 28 ] || fail "$libc is too old: 2.28 is needed" 'docs/docker.md has another way'
}

release() {
  if [ -n "$version" ]; then echo "download/v$version"; else echo latest/download; fi
}

# Leaves the executable in $file and the SHA-256 that it must have in $sha256.
fetch() {
  if [ -n "$from" ]; then
    file=$from
    if [ -z "$sha256" ]; then
      [ -f "$from.sha256" ] || fail "there is no $from.sha256 to compare with" "put it there, or give --sha256"
      sha256=$(cut -d ' ' -f 1 <"$from.sha256")
    fi
  else
    file=$work/muntra.gz
    download "$source" "$file"
    if [ -z "$sha256" ]; then
      download "$source.sha256" "$work/sha256"
      sha256=$(cut -d ' ' -f 1 <"$work/sha256")
    fi
  fi
}

download() {
  if have curl; then
    curl -fsSL --retry 2 -o "$2" "$1"
  elif have wget; then
    wget -q -O "$2" "$1"
  else
    fail 'there is neither curl nor wget' 'install one of them, or download it elsewhere and use --from'
  fi || fail "$1 cannot be downloaded" 'look at the address, or use --version or --from'
}

verify() {
  if have sha256sum; then
    found=$(sha256sum <"$file")
  elif have shasum; then
    found=$(shasum -a 256 <"$file")
  else
    found=$(openssl dgst -sha256 -r <"$file")
  fi
  # Some programs write it in capitals.
  [ "${found%% *}" = "$(printf %s "$sha256" | tr A-F a-f)" ] ||
    fail "the SHA-256 is ${found%% *} and should be $sha256" 'download it again; do not run this file'
}

next() {
  case :$PATH: in
    *":$to:"*) ;;
    *) echo "$to is not in your PATH: add it, or type $to/muntra" ;;
  esac
  if [ -d /run/systemd/system ] && systemctl is-active --quiet muntra 2>/dev/null; then
    echo 'Next: sudo systemctl restart muntra'
  elif [ -z "$old" ]; then
    echo "Next: ${SUDO_USER:+sudo }muntra init"
  fi
}

uninstall() {
  [ -e "$to/muntra" ] || fail "there is no $to/muntra" 'name its directory with --to'
  unit=/etc/systemd/system/muntra.service
  if [ -f $unit ] && grep -q "^ExecStart=$to/muntra " $unit; then
    fail 'it runs as a service' 'sudo muntra service remove, and then this again'
  fi
  echo "Removing $to/muntra; settings and data stay where they are"
  rm -f "$to/muntra" || fail "$to/muntra cannot be removed" 'run it with sudo'
}

# At the end, so that half a download does nothing.
main "$@"
