/// Options of jemalloc, which reads this variable when the process begins; see
/// jemalloc(3). What a burst needed is given back by a thread in the background,
/// also when nothing follows it.
extern "C" const char* malloc_conf;
const char* malloc_conf = "background_thread:true";
