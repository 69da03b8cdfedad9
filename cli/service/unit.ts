/**
 * The systemd unit. Muntra is the executable, its data directory and one port, so everything else of the machine is shut
 * away. A system user rather than DynamicUser: initdb wants an entry in /etc/passwd, and root's own `muntra backup` or
 * `muntra migrate` then meet files of an owner who stays.
 */
import { MuntraError } from '../../server/errors.ts';

/** Of the unit and of its user. */
export const SERVICE = 'muntra';

export interface UnitFacts {
  /** Absolute. */
  executable: string;
  dataDir: string;
}

/** Where ProtectHome= leaves the service nothing. */
const HOMES = /^\/(home|root|run\/user)(\/|$)/;

/** Throws MuntraError `usage` for a place that the service could not reach or systemd could not write down. */
export function unit({ executable, dataDir }: UnitFacts): string {
  checkPlace('The executable', executable, 'install it for the whole machine: sudo sh install.sh');
  checkPlace('The data directory', dataDir, 'muntra service install --data-dir /var/lib/muntra');
  return `[Unit]
Description=Muntra web analytics
Documentation=https://github.com/Tdude/muntra
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${executable} start
Environment=MUNTRA_DATA_DIR=${dataDir}
EnvironmentFile=-${dataDir}/muntra.env
User=${SERVICE}
Group=${SERVICE}
WorkingDirectory=${dataDir}
Restart=always
RestartSec=2
# Muntra stops its PostgreSQL itself.
KillMode=mixed
TimeoutStopSec=30

# 140 MB at full load with its PostgreSQL; the rest is room for the page cache, which counts too.
MemoryHigh=512M
MemoryMax=768M
TasksMax=256
LimitNOFILE=16384

# It reads the system, writes its data directory, and nothing else.
ProtectSystem=strict
ReadWritePaths=${dataDir}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
# Not MemoryDenyWriteExecute: the engine compiles JavaScript.

[Install]
WantedBy=multi-user.target
`;
}

function checkPlace(what: string, path: string, hint: string): void {
  if (HOMES.test(path)) {
    throw new MuntraError('usage', `${what} lies in ${path}, which the service is kept out of`, hint);
  }
  // Quotes, blanks, % and $ mean something in a unit.
  if (!/^\/[\w./@:+-]*$/.test(path)) {
    throw new MuntraError('usage', `${what}, ${path}, has characters that a systemd unit does not take`, hint);
  }
}
