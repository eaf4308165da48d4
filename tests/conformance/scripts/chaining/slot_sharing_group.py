# A SlotSharingGroup keeps what its builder was told.
from pyflink.datastream.slot_sharing_group import MemorySize, SlotSharingGroup


def main():
    group = (
        SlotSharingGroup.builder("heavy")
        .set_cpu_cores(1.5)
        .set_task_heap_memory_mb(100)
        .set_task_off_heap_memory(MemorySize.of_mebi_bytes(20))
        .set_managed_memory_mb(30)
        .set_external_resource("gpu", 1.0)
        .build()
    )
    print(group.get_name(), group.get_cpu_cores(), group.get_external_resources())
    print(group.get_task_heap_memory().get_mebi_bytes(), group.get_task_off_heap_memory().get_bytes())
    print(group.get_managed_memory().get_kibi_bytes())
    bare = SlotSharingGroup.builder("bare").build()
    print(bare.get_name(), bare.get_cpu_cores(), bare.get_task_heap_memory(), bare.get_external_resources())
    print(
        MemorySize.of_mebi_bytes(1) == MemorySize(bytes_size=1024 * 1024),
        MemorySize(bytes_size=1) < MemorySize(bytes_size=2),
    )
    print(MemorySize.of_mebi_bytes(64))


if __name__ == "__main__":
    main()
