//! One slot process, as its job sees it: started, spoken to, watched, ended.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use parking_lot::Mutex;
use penstock_core::{Error, Result};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::console::Console;
use super::control;
use super::exit::{SlotExit, read_stacks};
use super::message::{FromSlot, ToSlot};
use crate::job::event::Event;

/// How long a process that was asked what its threads are at may take to say so and end.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long what a process has said before its end may take to be read.
const DRAIN: Duration = Duration::from_secs(10);

/// When a process is asked whether it is there, and when it is given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heartbeat {
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
}

/// What a process is started with.
pub(super) struct Setup {
    pub(super) slot: usize,
    /// Tells it from others that ran the same slot.
    pub(super) generation: u32,
    pub(super) command: Command,
    pub(super) stacks: PathBuf,
    pub(super) heartbeat: Heartbeat,
    pub(super) io: Handle,
    pub(super) console: Console,
    pub(super) events: Sender<Event>,
    /// Hears what it says, in order.
    pub(super) hear: Arc<dyn Fn(FromSlot, Vec<u8>) + Send + Sync>,
}

/// A running process. Dropping it ends it.
pub(super) struct SlotProcess {
    pub(super) generation: u32,
    frames: UnboundedSender<Vec<u8>>,
    life: Arc<Life>,
}

/// The process itself, as long as it is there.
struct Life {
    slot: usize,
    /// Gone as soon as its number may be another's.
    pid: Mutex<Option<u32>>,
    because: Mutex<Option<String>>,
}

impl SlotProcess {
    /// Starts a process. The thread that does so stays until the process has ended: the kernel takes it for the parent.
    pub(super) fn start(setup: Setup) -> Result<Self> {
        let slot = setup.slot;
        let (frames, outgoing) = unbounded_channel();
        let life = Arc::new(Life { slot, pid: Mutex::new(None), because: Mutex::new(None) });
        let (started, starting) = mpsc::sync_channel(1);
        let (generation, of_thread) = (setup.generation, Arc::clone(&life));
        let run = move || watch(setup, &of_thread, outgoing, &started);
        std::thread::Builder::new()
            .name(format!("penstock-slot-{}", slot + 1))
            .spawn(run)
            .map_err(|e| Error::external(format!("the thread of a slot process could not be started: {e}")))?;
        starting.recv().unwrap_or_else(|_| Err(Error::internal("the thread of a slot process has ended")))?;
        Ok(Self { generation, frames, life })
    }

    pub(super) fn is_alive(&self) -> bool {
        self.life.pid.lock().is_some()
    }

    pub(super) fn send(&self, frame: Vec<u8>) {
        // A process that is gone has been reported.
        let _ = self.frames.send(frame);
    }

    /// Ends a process that does not stop, after it has said what its threads are at.
    pub(super) fn end_hanging(&self, because: &str, io: &Handle) {
        self.life.end_hanging(because, io);
    }

    /// Ends it at once.
    pub(super) fn kill(&self) {
        self.life.signal(libc::SIGKILL);
    }
}

impl Drop for SlotProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Life {
    fn signal(&self, signal: i32) {
        if let Some(pid) = *self.pid.lock() {
            // SAFETY: the process was not waited for yet, so that the number is its own.
            unsafe { libc::kill(pid.cast_signed(), signal) };
        }
    }

    fn end_hanging(self: &Arc<Self>, because: &str, io: &Handle) {
        because.clone_into(self.because.lock().get_or_insert_default());
        self.signal(libc::SIGABRT);
        let life = Arc::clone(self);
        io.spawn(async move {
            tokio::time::sleep(LAST_WORDS).await;
            life.signal(libc::SIGKILL);
        });
    }
}

/// The ends of a process that was just started.
struct Ends {
    child: Child,
    control: UnixStream,
    out: OwnedFd,
    err: OwnedFd,
}

fn spawn(command: &mut Command) -> std::io::Result<Ends> {
    let (control, there) = UnixStream::pair()?;
    command.stdin(Stdio::from(OwnedFd::from(there))).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C in a terminal is for the parent, which sees to the rest.
    command.process_group(0);
    let mut child = command.spawn()?;
    let gone = || std::io::Error::other("a pipe is missing");
    let out = child.stdout.take().map(OwnedFd::from).ok_or_else(gone)?;
    let err = child.stderr.take().map(OwnedFd::from).ok_or_else(gone)?;
    Ok(Ends { child, control, out, err })
}

/// Runs on the thread of a process from its start to its end.
fn watch(setup: Setup, life: &Arc<Life>, outgoing: UnboundedReceiver<Vec<u8>>, started: &mpsc::SyncSender<Result<()>>) {
    let Setup { slot, generation, mut command, stacks, heartbeat, io, console, events, hear } = setup;
    let begun = spawn(&mut command).and_then(|ends| {
        let pid = ends.child.id();
        let streams = streams(ends.control, ends.out, ends.err, &io)?;
        Ok((pid, ends.child, streams))
    });
    // What is left of the command holds the process's ends of the pipes open.
    drop(command);
    let (pid, mut child, streams) = match begun {
        Ok(begun) => begun,
        Err(e) => {
            let program = "a slot process could not be started";
            let _ = started.send(Err(Error::external(format!("{program}: {e}"))));
            return;
        }
    };
    *life.pid.lock() = Some(pid);
    let (reading, writing) = streams.control.into_split();
    let pinging = io.spawn(write(writing, outgoing, heartbeat.interval));
    let listening = io.spawn(listen(reading, hear, heartbeat.timeout, Arc::clone(life), io.clone()));
    let shown = [io.spawn(console.clone().forward(false, streams.out)), io.spawn(console.forward(true, streams.err))];
    let _ = started.send(Ok(()));
    let status = wait(&mut child, life);
    pinging.abort();
    io.block_on(drain(listening, shown));
    let because = life.because.lock().take();
    let exit = SlotExit { slot, pid, status, because, stacks: read_stacks(&stacks) };
    // Nobody listens once the job has ended.
    let _ = events.send(Event::SlotExited { slot, generation, exit });
}

struct Streams {
    control: tokio::net::UnixStream,
    out: pipe::Receiver,
    err: pipe::Receiver,
}

fn streams(control: UnixStream, out: OwnedFd, err: OwnedFd, io: &Handle) -> std::io::Result<Streams> {
    let _io = io.enter();
    control.set_nonblocking(true)?;
    Ok(Streams {
        control: tokio::net::UnixStream::from_std(control)?,
        out: pipe::Receiver::from_owned_fd(out)?,
        err: pipe::Receiver::from_owned_fd(err)?,
    })
}

/// Waits for the end of a process, and forgets its number before the kernel may give it to another one.
fn wait(child: &mut Child, life: &Life) -> Option<ExitStatus> {
    let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::uninit();
    loop {
        // SAFETY: `info` is large enough, and the process is a child of this one that nobody else waits for.
        let waited = unsafe { libc::waitid(libc::P_PID, child.id(), info.as_mut_ptr(), libc::WEXITED | libc::WNOWAIT) };
        if waited == 0 || std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            break;
        }
    }
    let mut pid = life.pid.lock();
    *pid = None;
    child.wait().ok()
}

/// Passes frames on, and asks for an answer regularly: what a slot is told need not have one.
async fn write(mut to: tokio::net::unix::OwnedWriteHalf, mut frames: UnboundedReceiver<Vec<u8>>, interval: Duration) {
    let Ok(ping) = control::frame(&ToSlot::Ping, &[]) else { return };
    // The first message is what it starts with.
    let mut due = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
    loop {
        let frame = tokio::select! {
            frame = frames.recv() => match frame {
                Some(frame) => frame,
                None => return,
            },
            _ = due.tick() => ping.clone(),
        };
        if to.write_all(&frame).await.is_err() {
            return;
        }
    }
}

async fn listen(
    mut from: tokio::net::unix::OwnedReadHalf,
    hear: Arc<dyn Fn(FromSlot, Vec<u8>) + Send + Sync>,
    patience: Duration,
    life: Arc<Life>,
    io: Handle,
) {
    loop {
        let read = control::read_async::<FromSlot>(&mut from);
        match timeout(patience, read).await {
            Ok(Ok(Some((message, attached)))) => hear(message, attached),
            Ok(Ok(None)) => return,
            Ok(Err(error)) => return life.end_hanging(&error.to_string(), &io),
            Err(_) => {
                let seconds = patience.as_secs();
                tracing::warn!("Slot process {} has not answered for {seconds} s.", life.slot + 1);
                return life.end_hanging(&format!("it did not answer for {seconds} s (heartbeat.timeout)"), &io);
            }
        }
    }
}

/// Lets everything arrive that the process has said. What it has started itself may hold its pipes open: that is given
/// up.
async fn drain(listening: JoinHandle<()>, shown: [JoinHandle<()>; 2]) {
    let [out, err] = shown;
    for mut task in [listening, out, err] {
        if timeout(DRAIN, &mut task).await.is_err() {
            task.abort();
        }
    }
}
