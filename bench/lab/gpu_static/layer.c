/*
 * A Vulkan layer that writes down what a driver says of every compute pipeline: registers, spills,
 * workgroup memory, instructions.
 *
 * Mesa's driver for AMD compiles for a GPU that is not there: RADV_FORCE_FAMILY names it. Such a
 * device compiles pipelines and can do nothing else. It has no memory and no queue, so a program
 * that opens it the usual way fails. This layer therefore lies between Deno and the driver:
 *
 *     vkCreateDevice            appends a line of JSON to $PIPELINE_STATISTICS: driver and device
 *     vkCreateComputePipelines  asks for statistics (VK_KHR_pipeline_executable_properties) and
 *                               appends a line for each pipeline
 *     memory                    one heap, one type; bytes of this process
 *     fences, semaphores        whatever is submitted has ended at once
 *     commands                  do nothing
 *
 * All other calls reach the driver. Nothing that runs on such a device has results.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define STATISTICS VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME
#define FOLLOWS(type, name) static PFN_##type name

static VkInstance the_instance;
static PFN_vkGetInstanceProcAddr instance_proc;
static PFN_vkGetDeviceProcAddr device_proc;
FOLLOWS(vkEnumerateDeviceExtensionProperties, next_extensions);
FOLLOWS(vkGetPhysicalDeviceProperties2, next_properties);
FOLLOWS(vkCreateComputePipelines, next_create_pipelines);
FOLLOWS(vkGetPipelineExecutablePropertiesKHR, next_executables);
FOLLOWS(vkGetPipelineExecutableStatisticsKHR, next_statistics);

static void fail(const char *what) {
  fprintf(stderr, "pipeline statistics: %s\n", what);
  exit(1);
}

static void *cleared(size_t bytes) {
  void *memory = calloc(1, bytes ? bytes : 1);
  if (!memory) fail("no memory is left");
  return memory;
}

/* The file. */

static FILE *opened(void) {
  const char *path = getenv("PIPELINE_STATISTICS");
  FILE *file = path ? fopen(path, "a") : NULL;
  if (!file) fail("the file that PIPELINE_STATISTICS names cannot be written");
  return file;
}

static void ended(FILE *file) {
  if (fclose(file) != 0) fail("the file that PIPELINE_STATISTICS names cannot be written");
}

static void write_driver(VkPhysicalDevice physical) {
  VkPhysicalDeviceDriverProperties driver = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
  VkPhysicalDeviceProperties2 device = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &driver};
  next_properties(physical, &device);
  FILE *file = opened();
  fprintf(file, "{\"driver\":\"%s %s\",\"device\":\"%s\"}\n", driver.driverName,
          driver.driverInfo, device.properties.deviceName);
  ended(file);
}

/* Pipelines. */

static void write_statistics(FILE *file, VkDevice device, VkPipeline pipeline, uint32_t index) {
  VkPipelineExecutableInfoKHR info = {
      VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, NULL, pipeline, index};
  uint32_t count = 0;
  next_statistics(device, &info, &count, NULL);
  VkPipelineExecutableStatisticKHR *found = cleared(count * sizeof *found);
  for (uint32_t i = 0; i < count; i++)
    found[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  next_statistics(device, &info, &count, found);
  for (uint32_t i = 0; i < count; i++) {
    fprintf(file, "%s\"%s\":", i ? "," : "", found[i].name);
    if (found[i].format == VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR)
      fprintf(file, "%.9g", found[i].value.f64);
    else
      fprintf(file, "%llu", (unsigned long long)found[i].value.u64);
  }
  free(found);
}

static void write_pipeline(VkDevice device, const char *entry, VkPipeline pipeline) {
  VkPipelineInfoKHR info = {VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, NULL, pipeline};
  VkPipelineExecutablePropertiesKHR executable = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
  uint32_t count = 1;
  if (next_executables(device, &info, &count, &executable) != VK_SUCCESS || count != 1)
    fail("a compute pipeline does not have one executable");
  FILE *file = opened();
  fprintf(file, "{\"entry\":\"%s\",\"subgroup\":%u,\"statistics\":{", entry,
          executable.subgroupSize);
  write_statistics(file, device, pipeline, 0);
  fprintf(file, "}}\n");
  ended(file);
}

static VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                            const VkComputePipelineCreateInfo *infos,
                                            const VkAllocationCallbacks *allocator,
                                            VkPipeline *pipelines) {
  VkComputePipelineCreateInfo *asking = cleared(count * sizeof *asking);
  for (uint32_t i = 0; i < count; i++) {
    asking[i] = infos[i];
    asking[i].flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
  }
  VkResult result = next_create_pipelines(device, cache, count, asking, allocator, pipelines);
  free(asking);
  if (result != VK_SUCCESS) return result;
  for (uint32_t i = 0; i < count; i++) write_pipeline(device, infos[i].stage.pName, pipelines[i]);
  return result;
}

/* Memory. A buffer or a piece of memory is a pointer to one of these. */

typedef struct {
  VkDeviceSize bytes;
  void *data;
} Piece;

static VkResult VKAPI_CALL create_buffer(VkDevice device, const VkBufferCreateInfo *info,
                                         const VkAllocationCallbacks *allocator, VkBuffer *buffer) {
  Piece *piece = cleared(sizeof *piece);
  piece->bytes = info->size;
  *buffer = (VkBuffer)piece;
  return VK_SUCCESS;
}

static void VKAPI_CALL buffer_needs(VkDevice device, VkBuffer buffer, VkMemoryRequirements *needs) {
  const VkDeviceSize alignment = 256;
  VkDeviceSize bytes = ((Piece *)buffer)->bytes;
  *needs = (VkMemoryRequirements){(bytes + alignment - 1) / alignment * alignment, alignment, 1};
}

static void VKAPI_CALL buffer_needs2(VkDevice device, const VkBufferMemoryRequirementsInfo2 *info,
                                     VkMemoryRequirements2 *needs) {
  buffer_needs(device, info->buffer, &needs->memoryRequirements);
}

static VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                    const VkAllocationCallbacks *allocator, VkDeviceMemory *memory) {
  Piece *piece = cleared(sizeof *piece);
  piece->bytes = info->allocationSize;
  *memory = (VkDeviceMemory)piece;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL map(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset,
                               VkDeviceSize size, VkMemoryMapFlags flags, void **data) {
  Piece *piece = (Piece *)memory;
  if (!piece->data) piece->data = cleared(piece->bytes);
  *data = (char *)piece->data + offset;
  return VK_SUCCESS;
}

static void VKAPI_CALL memory_properties(VkPhysicalDevice physical,
                                         VkPhysicalDeviceMemoryProperties *properties) {
  memset(properties, 0, sizeof *properties);
  properties->memoryTypeCount = 1;
  properties->memoryTypes[0].propertyFlags =
      VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
      VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  properties->memoryHeapCount = 1;
  properties->memoryHeaps[0].size = 16ull << 30;
  properties->memoryHeaps[0].flags = VK_MEMORY_HEAP_DEVICE_LOCAL_BIT;
}

static void VKAPI_CALL memory_properties2(VkPhysicalDevice physical,
                                          VkPhysicalDeviceMemoryProperties2 *properties) {
  memory_properties(physical, &properties->memoryProperties);
}

/* Submissions. There is one timeline: the highest value that any submission signals. */

static uint64_t timeline;

static VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
                                  VkFence fence) {
  for (uint32_t i = 0; i < count; i++) {
    const VkBaseInStructure *part = infos[i].pNext;
    for (; part; part = part->pNext) {
      if (part->sType != VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO) continue;
      const VkTimelineSemaphoreSubmitInfo *values = (const void *)part;
      for (uint32_t j = 0; j < values->signalSemaphoreValueCount; j++)
        if (values->pSignalSemaphoreValues[j] > timeline)
          timeline = values->pSignalSemaphoreValues[j];
    }
  }
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL read_timeline(VkDevice device, VkSemaphore semaphore, uint64_t *value) {
  *value = timeline;
  return VK_SUCCESS;
}

/* Objects that nobody looks into, and calls that have nothing to do. */

static VkResult VKAPI_CALL create_object(VkDevice device, const void *info,
                                         const VkAllocationCallbacks *allocator, uint64_t *object) {
  *object = (uint64_t)(uintptr_t)cleared(1);
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL allocate_sets(VkDevice device, const VkDescriptorSetAllocateInfo *info,
                                         VkDescriptorSet *sets) {
  for (uint32_t i = 0; i < info->descriptorSetCount; i++) sets[i] = (VkDescriptorSet)cleared(1);
  return VK_SUCCESS;
}

static int VKAPI_CALL nothing(void) { return VK_SUCCESS; }

/* The device. */

/* Deno gives a device up whose memory budget is used: the budget of this one is zero. */
static VkResult VKAPI_CALL extensions(VkPhysicalDevice physical, const char *layer, uint32_t *count,
                                      VkExtensionProperties *properties) {
  uint32_t all = 0;
  next_extensions(physical, layer, &all, NULL);
  VkExtensionProperties *found = cleared(all * sizeof *found);
  VkResult result = next_extensions(physical, layer, &all, found);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < all; i++)
    if (strcmp(found[i].extensionName, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME) != 0)
      found[kept++] = found[i];
  if (properties) {
    uint32_t room = *count;
    if (room < kept) result = VK_INCOMPLETE;
    *count = room < kept ? room : kept;
    memcpy(properties, found, *count * sizeof *found);
  } else {
    *count = kept;
  }
  free(found);
  return result;
}

/* The loader's link to the next layer is somewhere in the chain of a creation's structures. */
static VkLayerInstanceCreateInfo *instance_link(const void *chain) {
  VkLayerInstanceCreateInfo *link = (void *)chain;
  while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO &&
                   link->function == VK_LAYER_LINK_INFO))
    link = (void *)link->pNext;
  if (!link) fail("the Vulkan loader gives no next layer");
  return link;
}

static VkLayerDeviceCreateInfo *device_link(const void *chain) {
  VkLayerDeviceCreateInfo *link = (void *)chain;
  while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO &&
                   link->function == VK_LAYER_LINK_INFO))
    link = (void *)link->pNext;
  if (!link) fail("the Vulkan loader gives no next layer");
  return link;
}

static VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info,
                                           const VkAllocationCallbacks *allocator,
                                           VkInstance *created) {
  VkLayerInstanceCreateInfo *link = instance_link(info->pNext);
  instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  PFN_vkCreateInstance next = (void *)instance_proc(NULL, "vkCreateInstance");
  VkResult result = next(info, allocator, created);
  if (result != VK_SUCCESS) return result;
  the_instance = *created;
  next_extensions = (void *)instance_proc(*created, "vkEnumerateDeviceExtensionProperties");
  next_properties = (void *)instance_proc(*created, "vkGetPhysicalDeviceProperties2");
  return result;
}

static VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                         const VkAllocationCallbacks *allocator, VkDevice *created) {
  VkLayerDeviceCreateInfo *link = device_link(info->pNext);
  PFN_vkGetInstanceProcAddr proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  device_proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  PFN_vkCreateDevice next = (void *)proc(the_instance, "vkCreateDevice");

  uint32_t count = info->enabledExtensionCount;
  const char **names = cleared((count + 1) * sizeof *names);
  memcpy(names, info->ppEnabledExtensionNames, count * sizeof *names);
  names[count] = STATISTICS;
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR feature = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      (void *)info->pNext, VK_TRUE};
  VkDeviceCreateInfo asking = *info;
  asking.pNext = &feature;
  asking.enabledExtensionCount = count + 1;
  asking.ppEnabledExtensionNames = names;
  VkResult result = next(physical, &asking, allocator, created);
  free(names);
  if (result == VK_ERROR_EXTENSION_NOT_PRESENT) fail("the driver has no " STATISTICS);
  if (result != VK_SUCCESS) return result;
  write_driver(physical);
  next_create_pipelines = (void *)device_proc(*created, "vkCreateComputePipelines");
  next_executables = (void *)device_proc(*created, "vkGetPipelineExecutablePropertiesKHR");
  next_statistics = (void *)device_proc(*created, "vkGetPipelineExecutableStatisticsKHR");
  return result;
}

/* What the layer replaces. */

PFN_vkVoidFunction VKAPI_CALL statistics_instance_proc(VkInstance instance, const char *name);
PFN_vkVoidFunction VKAPI_CALL statistics_device_proc(VkDevice device, const char *name);

typedef struct {
  const char *name;
  void *function;
} Replacement;

static const Replacement OF_INSTANCE[] = {
    {"vkGetInstanceProcAddr", statistics_instance_proc},
    {"vkCreateInstance", create_instance},
    {"vkCreateDevice", create_device},
    {"vkEnumerateDeviceExtensionProperties", extensions},
    {"vkGetPhysicalDeviceMemoryProperties", memory_properties},
    {"vkGetPhysicalDeviceMemoryProperties2", memory_properties2},
    {"vkGetPhysicalDeviceMemoryProperties2KHR", memory_properties2},
    {NULL, NULL},
};

static const Replacement OF_DEVICE[] = {
    {"vkGetDeviceProcAddr", statistics_device_proc},
    {"vkCreateComputePipelines", create_pipelines},
    {"vkCreateBuffer", create_buffer},
    {"vkDestroyBuffer", nothing},
    {"vkGetBufferMemoryRequirements", buffer_needs},
    {"vkGetBufferMemoryRequirements2", buffer_needs2},
    {"vkGetBufferMemoryRequirements2KHR", buffer_needs2},
    {"vkAllocateMemory", allocate},
    {"vkFreeMemory", nothing},
    {"vkBindBufferMemory", nothing},
    {"vkMapMemory", map},
    {"vkUnmapMemory", nothing},
    {"vkFlushMappedMemoryRanges", nothing},
    {"vkInvalidateMappedMemoryRanges", nothing},
    {"vkCreateSemaphore", create_object},
    {"vkDestroySemaphore", nothing},
    {"vkWaitSemaphores", nothing},
    {"vkWaitSemaphoresKHR", nothing},
    {"vkGetSemaphoreCounterValue", read_timeline},
    {"vkGetSemaphoreCounterValueKHR", read_timeline},
    {"vkQueueSubmit", submit},
    {"vkCreateDescriptorPool", create_object},
    {"vkDestroyDescriptorPool", nothing},
    {"vkAllocateDescriptorSets", allocate_sets},
    {"vkFreeDescriptorSets", nothing},
    {"vkUpdateDescriptorSets", nothing},
    {"vkBeginCommandBuffer", nothing},
    {"vkEndCommandBuffer", nothing},
    {NULL, NULL},
};

static PFN_vkVoidFunction replacement(const Replacement *table, const char *name) {
  for (; table->name; table++)
    if (strcmp(table->name, name) == 0) return (PFN_vkVoidFunction)table->function;
  return NULL;
}

PFN_vkVoidFunction VKAPI_CALL statistics_device_proc(VkDevice device, const char *name) {
  if (strncmp(name, "vkCmd", 5) == 0) return (PFN_vkVoidFunction)nothing;
  PFN_vkVoidFunction found = replacement(OF_DEVICE, name);
  return found ? found : device_proc(device, name);
}

PFN_vkVoidFunction VKAPI_CALL statistics_instance_proc(VkInstance instance, const char *name) {
  if (strcmp(name, "vkGetDeviceProcAddr") == 0) return (PFN_vkVoidFunction)statistics_device_proc;
  PFN_vkVoidFunction found = replacement(OF_INSTANCE, name);
  return found ? found : instance_proc(instance, name);
}
