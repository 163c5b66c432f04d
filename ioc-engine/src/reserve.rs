//! The disk reserve: room set aside in the data folder and given up when the disk is full, so that alerts go on being
//! committed while somebody makes room. Owns one file; what counts as a full disk is the writer's business.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

/// Some 200,000 readings of Thai Nguyen with what they lead to, as measured: three quarters of an hour to make room in.
pub const RESERVE_BYTES: u64 = 16 << 20;
/// The reserve is set aside only where this many times its size is free: taken again as soon as it fits, it would be what
/// fills the disk the next time.
const ROOM_FACTOR: u64 = 2;
/// While there is no reserve, room is looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Room in the data folder that can be given up once.
#[derive(Debug)]
pub struct Reserve {
    path: PathBuf,
    bytes: u64,
    held: bool,
    next_look: Instant,
}

impl Reserve {
    /// Sets `bytes` aside in `dir`, where there is room; without it everything works, only not for long on a full disk.
    pub fn open(dir: &Path, bytes: u64) -> Self {
        let mut reserve = Self {
            path: dir.join("reserve"),
            bytes,
            held: false,
            next_look: Instant::now(),
        };
        if !reserve.set_aside() {
            let path = reserve.path.display();
            tracing::warn!(%path, bytes, "no room for the disk reserve; make room, it is then set aside by itself");
        }
        reserve
    }

    /// Whether there is room to give up.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Gives the room back to the disk. True when there was some to give.
    pub fn give_up(&mut self) -> bool {
        if !self.held {
            return false;
        }
        self.held = false;
        self.next_look = Instant::now() + LOOK_EVERY;
        match std::fs::remove_file(&self.path) {
            Ok(()) => true,
            Err(error) => {
                let path = self.path.display();
                tracing::error!(%path, %error, "the disk reserve cannot be given up; remove the file");
                false
            }
        }
    }

    /// Looks, once in a while, whether there is room for the reserve again. True when it was set aside just now.
    pub fn look(&mut self) -> bool {
        if self.held || Instant::now() < self.next_look {
            return false;
        }
        self.next_look = Instant::now() + LOOK_EVERY;
        self.set_aside()
    }

    /// As if somebody had made room: the next look finds it.
    #[cfg(test)]
    pub(crate) fn needs_only(&mut self, bytes: u64) {
        self.bytes = bytes;
        self.next_look = Instant::now();
    }

    fn set_aside(&mut self) -> bool {
        match self.try_set_aside() {
            Ok(held) => self.held = held,
            Err(error) => {
                let path = self.path.display();
                tracing::warn!(%path, %error, "the disk reserve cannot be set aside");
                // A part of it would only take room away.
                drop(std::fs::remove_file(&self.path));
            }
        }
        self.held
    }

    fn try_set_aside(&self) -> io::Result<bool> {
        if self.is_whole()? {
            return Ok(true);
        }
        let stat = statvfs(self.path.parent().unwrap_or(Path::new(".")))?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        if free < self.bytes.saturating_mul(ROOM_FACTOR) {
            return Ok(false);
        }
        let file = File::create(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            // Not every file system can set room aside; what is written takes it too.
            Err(Errno::OPNOTSUPP) => fill(&file, self.bytes)?,
            other => other?,
        }
        file.sync_all()?;
        Ok(true)
    }

    /// Whether an earlier run left a reserve that takes its blocks and is not just as long.
    fn is_whole(&self) -> io::Result<bool> {
        match std::fs::metadata(&self.path) {
            Ok(found) => Ok(found.len() == self.bytes && found.blocks() * 512 >= self.bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn fill(mut file: &File, bytes: u64) -> io::Result<()> {
    let zeros = [0; 8 << 10];
    let mut left = bytes as usize;
    while left > 0 {
        let chunk = left.min(zeros.len());
        file.write_all(&zeros[..chunk])?;
        left -= chunk;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: u64 = 256 << 10;

    #[test]
    fn the_reserve_takes_its_blocks_and_gives_them_up_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::open(dir.path(), BYTES);
        let file = std::fs::metadata(dir.path().join("reserve")).unwrap();
        assert_eq!(file.len(), BYTES);
        assert!(file.blocks() * 512 >= BYTES, "a hole sets nothing aside");
        assert!(reserve.give_up());
        assert!(!dir.path().join("reserve").exists());
        assert!(!reserve.give_up(), "there is nothing left to give");
    }

    #[test]
    fn where_nothing_can_be_preallocated_zeros_take_the_room() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("zeros");
        fill(&File::create(&path).unwrap(), 20_001).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), vec![0; 20_001]);
    }

    #[test]
    fn it_is_not_taken_again_at_once_but_when_it_is_time_to_look() {
        let dir = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::open(dir.path(), BYTES);
        reserve.give_up();
        reserve.next_look = Instant::now() + Duration::from_hours(1);
        assert!(!reserve.look());
        reserve.next_look = Instant::now();
        assert!(reserve.look());
        assert!(reserve.is_held() && dir.path().join("reserve").exists());
    }

    #[test]
    fn a_disk_with_room_for_it_and_no_more_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let stat = statvfs(dir.path()).unwrap();
        // It would fit; twice it would not.
        let most = stat.f_bavail * stat.f_frsize / ROOM_FACTOR;
        let reserve = Reserve::open(dir.path(), most + most / 2);
        assert!(!reserve.is_held());
        assert!(!dir.path().join("reserve").exists());
    }

    #[test]
    fn what_an_earlier_run_left_is_kept_when_whole_and_made_anew_when_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("reserve");
        drop(Reserve::open(dir.path(), BYTES));
        let first = std::fs::metadata(&path).unwrap().ino();
        assert!(Reserve::open(dir.path(), BYTES).is_held());
        assert_eq!(std::fs::metadata(&path).unwrap().ino(), first);
        // As long as it should be, and of no blocks.
        File::create(&path).unwrap().set_len(BYTES).unwrap();
        assert!(Reserve::open(dir.path(), BYTES).is_held());
        assert!(std::fs::metadata(&path).unwrap().blocks() * 512 >= BYTES);
    }
}
