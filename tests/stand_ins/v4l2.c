/* Stands in for a USB camera at /dev/video77, under the real OpenCV: cc -shared -fPIC -o v4l2.so v4l2.c -ldl, LD_PRELOAD.
 * It offers YUYV and MJPG at 640x480 and 30 frames a second, whatever is asked, and holds four buffers.
 * FAKE_V4L2_FRAME names a file; with .YUYV and .MJPG behind it, it holds the picture in that format.
 * FAKE_V4L2_FAULT: busy; no rate, which is 0/0; after five frames, stall (the call does not return) or gone (ENODEV).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 640, HEIGHT = 480, BUFFERS = 4, SIZE = WIDTH * HEIGHT * 2 };
static int camera = -1, queued[BUFFERS], count, first, frames;
static unsigned format = V4L2_PIX_FMT_YUYV;
static struct timespec start;

static int fault(const char *name) {
    const char *asked = getenv("FAKE_V4L2_FAULT");
    return asked && !strcmp(asked, name);
}

static int open_camera(void) {
    camera = memfd_create("video77", 0);
    return ftruncate(camera, (long)SIZE * BUFFERS) ? -1 : camera;
}

#define OPENER(name)                                                         \
    int name(const char *path, int flags, ...) {                             \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name);       \
        va_list rest;                                                        \
        va_start(rest, flags);                                               \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                        \
        return strcmp(path, "/dev/video77") ? real(path, flags, mode) : open_camera(); \
    }
OPENER(open)
OPENER(open64)

static unsigned read_frame(unsigned char *buffer) {
    char path[4096];
    snprintf(path, sizeof path, "%s.%.4s", getenv("FAKE_V4L2_FRAME"), (char *)&format);
    FILE *file = fopen(path, "rb");
    unsigned size = file ? fread(buffer, 1, SIZE, file) : 0;
    if (file) fclose(file);
    return size;
}

static int dequeue(struct v4l2_buffer *buffer) {
    if (!frames++) clock_gettime(CLOCK_MONOTONIC, &start);
    if (frames > 5 && fault("stall")) for (;;) pause();
    if (frames > 5 && fault("gone")) return errno = ENODEV, -1;
    struct timespec due = start;
    due.tv_nsec += frames % 30 * 33333333L;
    due.tv_sec += frames / 30 + due.tv_nsec / 1000000000L;
    due.tv_nsec %= 1000000000L;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    buffer->index = queued[first++ % BUFFERS];
    count--;
    unsigned char *memory = mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, camera, (long)buffer->index * SIZE);
    buffer->bytesused = read_frame(memory);
    munmap(memory, SIZE);
    buffer->length = SIZE;
    buffer->timestamp = (struct timeval){due.tv_sec, due.tv_nsec / 1000};
    return 0;
}

static int answer(unsigned long request, void *argument) {
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *capability = argument;
        memset(capability, 0, sizeof *capability);
        capability->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    }
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT:
    case VIDIOC_S_FMT: {
        struct v4l2_format *asked = argument;
        if (fault("busy") && request == VIDIOC_S_FMT) return errno = EBUSY, -1;
        struct v4l2_pix_format *pixels = &asked->fmt.pix;
        if (request != VIDIOC_G_FMT && pixels->pixelformat != V4L2_PIX_FMT_YUYV && pixels->pixelformat != V4L2_PIX_FMT_MJPEG)
            return errno = EINVAL, -1;
        if (request != VIDIOC_G_FMT) format = pixels->pixelformat;
        pixels->pixelformat = format;
        pixels->width = WIDTH;
        pixels->height = HEIGHT;
        pixels->field = V4L2_FIELD_NONE;
        pixels->bytesperline = format == V4L2_PIX_FMT_YUYV ? WIDTH * 2 : 0;
        pixels->sizeimage = SIZE;
        return 0;
    }
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
        struct v4l2_streamparm *parameters = argument;
        parameters->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        parameters->parm.capture.timeperframe = (struct v4l2_fract){fault("no rate") ? 0 : 1, fault("no rate") ? 0 : 30};
        return 0;
    }
    case VIDIOC_REQBUFS: {
        struct v4l2_requestbuffers *buffers = argument;
        if (buffers->count > BUFFERS) buffers->count = BUFFERS;
        count = first = 0;
        return 0;
    }
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = argument;
        buffer->length = SIZE;
        buffer->m.offset = buffer->index * SIZE;
        return 0;
    }
    case VIDIOC_QBUF:
        queued[(first + count++) % BUFFERS] = ((struct v4l2_buffer *)argument)->index;
        return 0;
    case VIDIOC_DQBUF:
        return dequeue(argument);
    case VIDIOC_G_INPUT:
        *(int *)argument = 0;
        return 0;
    case VIDIOC_S_INPUT:
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
        return 0;
    case VIDIOC_ENUMINPUT:
        return ((struct v4l2_input *)argument)->index ? (errno = EINVAL, -1) : 0;
    }
    return errno = EINVAL, -1;
}

int ioctl(int file, unsigned long request, ...) {
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return file == camera && camera >= 0 ? answer(request & 0xffffffffUL, argument) : real(file, request, argument);
}
