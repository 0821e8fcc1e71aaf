#!/usr/bin/env bash
# Installs what the tests need (Debian packages, when run as root; otherwise names what is missing), builds, and runs every test.
#   ./test.sh                     everything
#   ./test.sh --everyday          all but what takes long (Trait Run=Long)
#   ./test.sh --filter EXPR       as `dotnet test --filter`
# The last line is "N passed, N failed"; the exit code is 0 when none failed.
set -u -o pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

# program=package: the program says whether the package is needed.
needed=(
  oathtool=oathtool zbarimg=zbar-tools
  git=git node=nodejs npm=npm sshd=openssh-server gpg=gnupg curl=curl openssl=openssl /usr/bin/python3=python3 swaks=swaks msmtp=msmtp
  named=bind9 dig=bind9-dnsutils nsupdate=bind9-dnsutils dnssec-signzone=bind9-utils
  smtp-sink=postfix opendkim=opendkim opendkim-testmsg=opendkim-tools chromium=chromium knotd=knot pebble=pebble promtool=prometheus ip=iproute2 tcpdump=tcpdump ps=procps unshare=util-linux
  podman=podman buildah=buildah runc=runc crun=crun debootstrap=debootstrap cpio=cpio zstd=zstd qemu-system-x86_64=qemu-system-x86 mkfs.ext4=e2fsprogs systemd-analyze=systemd pdns_server=pdns-server
)
modules=(flufl.bounce=python3-flufl.bounce dkim=python3-dkim)   # Python modules, likewise
files=(/usr/share/pdns-backend-sqlite3=pdns-backend-sqlite3 /usr/share/fonts/truetype/liberation=fonts-liberation /usr/share/fonts/truetype/dejavu=fonts-dejavu-core)

missing() {
  local entry
  for entry in "${needed[@]}"; do command -v "${entry%%=*}" >/dev/null 2>&1 || echo "${entry#*=}"; done
  for entry in "${files[@]}"; do [ -e "${entry%%=*}" ] || echo "${entry#*=}"; done
  for entry in "${modules[@]}"; do /usr/bin/python3 -c "import ${entry%%=*}" >/dev/null 2>&1 || echo "${entry#*=}"; done
}

install() {
  # Nothing that is installed for the tests may start as a service.
  [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; }
  command -v debconf-set-selections >/dev/null && echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
  local try
  for try in 1 2 3; do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >artifacts/apt.log 2>&1 && return 0
    sleep $((try * 5))
    apt-get update -q >>artifacts/apt.log 2>&1
  done
  tail -5 artifacts/apt.log >&2
  return 1
}

# The packages of mail servers exclude each other: these are unpacked beside Postfix, with the libraries they need, and not installed.
unpack_servers() {
  local there=artifacts/unpacked user
  if [ ! -x $there/usr/sbin/exim4 ] || [ ! -x $there/usr/sbin/smtpd ]; then
    install libgnutls-dane0 libidn12 libpcre2-8-0 libdb5.3 libevent-2.1-7 libcrypt1 libpam0g adduser || return 1
    rm -rf $there && mkdir -p $there/deb
    (cd $there/deb && apt-get download -q exim4-daemon-light exim4-base opensmtpd) >>artifacts/apt.log 2>&1 || return 1
    local deb
    for deb in $there/deb/*.deb; do dpkg -x "$deb" $there || return 1; done
  fi
  for user in Debian-exim opensmtpd opensmtpq; do
    getent passwd $user >/dev/null || adduser --system --group --force-badname --no-create-home --home /nonexistent $user >>artifacts/apt.log 2>&1 || return 1
  done
}

everyday=()
if [ "${1:-}" = --everyday ]; then shift; everyday=(--filter 'Run!=Long'); fi

mkdir -p artifacts
packages=$(missing | sort -u | tr '\n' ' ')
if [ -n "$packages" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing: $packages"
    # shellcheck disable=SC2086
    install $packages || echo "Not everything could be installed; the tests that need it will fail and say so."
  else
    echo "Missing Debian packages (the tests that need them will fail): $packages"
    echo "  sudo apt-get install --no-install-recommends $packages"
  fi
fi

# A verifier of signatures from npm, in the exact versions of its lock file.
if [ ! -d artifacts/mailauth/node_modules/mailauth ] && command -v npm >/dev/null; then
  mkdir -p artifacts/mailauth
  cp Ptt.Tests/Mail/mailauth/package*.json artifacts/mailauth/
  (cd artifacts/mailauth && npm ci --no-audit --no-fund --ignore-scripts >npm.log 2>&1) || echo "npm could not install mailauth (artifacts/mailauth/npm.log); the test that needs it will fail and say so."
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  unpack_servers || echo "Exim and OpenSMTPD could not be unpacked; the test that needs them will fail and say so."
fi

# Software of others from the npm registry, in the versions of the lock file.
if ! cmp -s Ptt.Tests/Npm/package-lock.json artifacts/npm/package-lock.json || [ ! -d artifacts/npm/node_modules ]; then
  mkdir -p artifacts/npm && cp Ptt.Tests/Npm/package*.json artifacts/npm/
  npm ci --prefix artifacts/npm --no-audit --no-fund --ignore-scripts >artifacts/npm.log 2>&1 || { rm -rf artifacts/npm; echo "npm ci failed (artifacts/npm.log); the tests that need it will fail and say so."; }
fi

rm -rf artifacts/tests
dotnet build Ptt.sln -v q || { echo "The build failed."; echo "0 passed, 1 failed"; exit 1; }
timeout --kill-after=30 2100 dotnet test Ptt.Tests --no-build --results-directory artifacts/tests --logger "trx;LogFileName=tests.trx" \
  --logger "console;verbosity=minimal" "${everyday[@]}" "$@"
code=$?

counters=$(grep -o '<Counters [^>]*>' artifacts/tests/tests.trx 2>/dev/null)
count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
passed=$(count passed); total=$(count total)
failed=$(( ${total:-0} - ${passed:-0} ))
[ "$code" != 0 ] && [ "$failed" = 0 ] && failed=1   # the run itself broke: a crash, a time-out, no result file
echo "${passed:-0} passed, $failed failed"
[ "$failed" = 0 ] && [ "${passed:-0}" -gt 0 ]
