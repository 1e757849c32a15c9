//! A set of keys that knows how much memory it takes, and takes no more.

use std::hash::BuildHasher;
use std::mem::size_of;

use hashbrown::{DefaultHashBuilder, HashSet, HashTable};

/// Keys are kept in blocks, so that growth never copies them.
const BLOCK_BYTES: usize = 256 << 10;

/// Keys of fixed width.
#[derive(Debug)]
pub(crate) enum KeySet {
    Long(HashSet<i64>),
    Wide(HashSet<i128>),
    Bytes(ByteSet),
}

/// Keys of any length: a table of places in blocks of bytes.
#[derive(Debug, Default)]
pub(crate) struct ByteSet {
    places: HashTable<Place>,
    blocks: Vec<Vec<u8>>,
    block_bytes: usize,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    block: u32,
    start: u32,
    length: u32,
}

/// A key as it is looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    Long(i64),
    Wide(i128),
    Bytes(&'a [u8]),
}

impl Key<'_> {
    /// Appends the key; with its length in front no two lists of texts read the same.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Long(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Wide(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Bytes(bytes) => {
                out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                out.extend_from_slice(bytes);
            }
        }
    }
}

impl KeySet {
    pub(crate) fn contains(&self, key: Key<'_>) -> bool {
        match (self, key) {
            (Self::Long(set), Key::Long(key)) => set.contains(&key),
            (Self::Wide(set), Key::Wide(key)) => set.contains(&key),
            (Self::Bytes(set), Key::Bytes(key)) => set.contains(key),
            _ => false,
        }
    }

    /// Adds a key that is not in it, unless that takes over `budget` bytes more at any moment.
    pub(crate) fn insert(&mut self, key: Key<'_>, budget: usize) -> bool {
        if self.growth(key) > budget {
            return false;
        }
        match (self, key) {
            (Self::Long(set), Key::Long(key)) => set.insert(key),
            (Self::Wide(set), Key::Wide(key)) => set.insert(key),
            (Self::Bytes(set), Key::Bytes(key)) => set.insert(key),
            _ => false,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Long(set) => set.len(),
            Self::Wide(set) => set.len(),
            Self::Bytes(set) => set.places.len(),
        }
    }

    /// Memory that it takes, free places of the table included [bytes].
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Long(set) => set.allocation_size(),
            Self::Wide(set) => set.allocation_size(),
            Self::Bytes(set) => {
                set.places.allocation_size()
                    + set.block_bytes
                    + set.blocks.capacity() * size_of::<Vec<u8>>()
            }
        }
    }

    /// Memory that one more key asks for: a table that is full is copied to one of twice its size,
    /// and both exist for that moment.
    fn growth(&self, key: Key<'_>) -> usize {
        let (is_full, table) = match self {
            Self::Long(set) => (set.len() == set.capacity(), set.allocation_size()),
            Self::Wide(set) => (set.len() == set.capacity(), set.allocation_size()),
            Self::Bytes(set) => {
                (set.places.len() == set.places.capacity(), set.places.allocation_size())
            }
        };
        let table = if is_full { (table * 2).max(SMALLEST_TABLE_BYTES) } else { 0 };
        match (self, key) {
            (Self::Bytes(set), Key::Bytes(key)) => table + set.growth(key),
            _ => table,
        }
    }
}

/// Above what hashbrown allocates for its first few keys.
const SMALLEST_TABLE_BYTES: usize = 256;

impl ByteSet {
    fn contains(&self, key: &[u8]) -> bool {
        let found = |place: &Place| self.at(place) == key;
        self.places.find(self.hasher.hash_one(key), found).is_some()
    }

    fn insert(&mut self, key: &[u8]) -> bool {
        let needed = self.growth(key);
        if needed > 0 {
            let block = Vec::with_capacity(key.len().max(BLOCK_BYTES));
            self.block_bytes += block.capacity();
            self.blocks.push(block);
        }
        let Some(block) = self.blocks.last_mut() else { return false };
        let (Ok(start), Ok(length)) = (u32::try_from(block.len()), u32::try_from(key.len())) else {
            return false;
        };
        block.extend_from_slice(key);
        let Ok(block) = u32::try_from(self.blocks.len() - 1) else { return false };
        let place = Place { block, start, length };
        let (blocks, hasher) = (&self.blocks, &self.hasher);
        let hash = hasher.hash_one(key);
        self.places.insert_unique(hash, place, |place| hasher.hash_one(slice(blocks, place)));
        true
    }

    fn at(&self, place: &Place) -> &[u8] {
        slice(&self.blocks, place)
    }

    /// Bytes of a new block, where the last one has no room for `key`.
    fn growth(&self, key: &[u8]) -> usize {
        let has_room =
            self.blocks.last().is_some_and(|block| block.capacity() - block.len() >= key.len());
        if has_room { 0 } else { key.len().max(BLOCK_BYTES) + size_of::<Vec<u8>>() }
    }
}

fn slice<'a>(blocks: &'a [Vec<u8>], place: &Place) -> &'a [u8] {
    &blocks[place.block as usize][place.start as usize..][..place.length as usize]
}
