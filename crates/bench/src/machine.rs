//! What the machine tells of a process and of itself: load, processor time, memory. Linux's `/proc` only.

use std::{io::Read, path::Path, time::Duration};

use anyhow::{Context, Result};

/// Bytes of a file of `/proc` that are read.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Ticks of a second in `/proc/*/stat`: fixed by the kernel's interface to programs (`USER_HZ`, proc(5)).
const TICKS_A_SECOND: f64 = 100.0;

/// A text file, bounded.
///
/// # Errors
/// A file that cannot be opened or read.
pub fn read(path: &Path) -> Result<String> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

/// The load averages of 1, 5 and 15 minutes as the kernel prints them.
pub fn load() -> String {
    let text = read(Path::new("/proc/loadavg")).unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Processor time that a process has used, of all its threads and those that ended, to a hundredth of a second.
///
/// # Errors
/// A process that is gone.
pub fn process_cpu(pid: u32) -> Result<Duration> {
    let stat = read(Path::new(&format!("/proc/{pid}/stat")))?;
    let ticks = ticks(&stat).context("a line of /proc/PID/stat without times")?;
    Ok(Duration::from_secs_f64(ticks as f64 / TICKS_A_SECOND))
}

/// User and system time of a line of `/proc/PID/stat`: the 14th and 15th field, counted after the name in brackets.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Processor time of a process's running threads of a name.
///
/// # Errors
/// A process that is gone.
pub fn thread_cpu(pid: u32, name: &str) -> Result<Duration> {
    let mut nanoseconds = 0;
    for entry in std::fs::read_dir(format!("/proc/{pid}/task")).context("the process is gone")? {
        let folder = entry?.path();
        // A thread may end between its listing and its reading.
        let Ok(named) = read(&folder.join("comm")) else { continue };
        if named.trim_end() == name {
            let spent = read(&folder.join("schedstat")).unwrap_or_default();
            nanoseconds += spent.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0);
        }
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Processor time of the calling thread.
///
/// # Errors
/// A kernel without `schedstat`.
pub fn own_thread_cpu() -> Result<Duration> {
    let text = read(Path::new("/proc/thread-self/schedstat"))?;
    let nanoseconds = text.split_whitespace().next().and_then(|text| text.parse().ok());
    Ok(Duration::from_nanos(nanoseconds.context("no time in schedstat")?))
}

/// Memory of a process that is in RAM, in bytes: all of it, and what of it is not a file's.
///
/// # Errors
/// A process that is gone.
pub fn resident(pid: u32) -> Result<(u64, u64)> {
    let status = read(Path::new(&format!("/proc/{pid}/status")))?;
    Ok((bytes(&status, "VmRSS:").unwrap_or(0), bytes(&status, "RssAnon:").unwrap_or(0)))
}

/// The most memory of a process that ever was in RAM at once, in bytes; of this one since [`forget_peak`].
///
/// # Errors
/// A process that is gone, or a kernel that does not tell.
pub fn peak(pid: u32) -> Result<u64> {
    let status = read(Path::new(&format!("/proc/{pid}/status")))?;
    bytes(&status, "VmHWM:").context("no peak in /proc/PID/status")
}

/// Lets the peak of this process begin anew. A kernel that refuses leaves the peak of all its life, which is not less.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// A line of `/proc/PID/status` that tells kibibytes, in bytes.
fn bytes(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The number of processors that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_a_name_with_brackets_and_spaces() {
        let line = "7 (a) b (c)) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 3 4 20 0 9 0 12345";
        assert_eq!(ticks(line), Some(300));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn a_peak_is_kept_when_the_memory_is_given_back() {
        let pid = std::process::id();
        forget_peak();
        let taken = vec![1u8; 64 << 20];
        assert!(std::hint::black_box(&taken).iter().all(|byte| *byte == 1));
        // Other tests of this process give memory back at any time, so that only what was seen is compared.
        let held = resident(pid).unwrap().0;
        drop(taken);
        // The kernel counts a few pages for each processor by itself.
        assert!(peak(pid).unwrap() + (1 << 20) >= held);
        assert_eq!(bytes("VmHWM:\t  12 kB\n", "VmHWM:"), Some(12 << 10));
        assert_eq!(bytes("VmRSS:\t  12 kB\n", "VmHWM:"), None);
    }

    #[test]
    fn this_process_has_used_time_and_memory() {
        let pid = std::process::id();
        assert!(resident(pid).unwrap().0 > 0);
        assert!(process_cpu(pid).is_ok());
        assert!(own_thread_cpu().unwrap() > Duration::ZERO);
        assert!(process_cpu(u32::MAX).is_err());
    }
}
